from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import pandas as pd

    from duality.claims.ledger import html, ledger, load_claims, markdown
    from duality.claims.measurements import Results
    from duality.config.reading import load_schema

    def read(paths):
        texts = [Path(path).read_text(encoding="utf-8") for path in paths]
        return dict(zip(s.params.experiments, map(json.loads, texts), strict=True))

    shards = len(s.input.summaries) // len(s.params.classes)
    summaries = pd.concat(map(pd.read_csv, s.input.summaries))
    summaries["class"] = [name for name in s.params.classes for _ in range(shards)]

    def tables(paths):
        return dict(zip(s.params.experiments, map(pd.read_csv, paths), strict=True))

    results = Results(
        *map(read, (s.input.equilibria, s.input.exponents, s.input.jumps)),
        summaries,
        tables(s.input.distances),
        tables(s.input.rivals),
        s.params.guard_experiment,
        *(pd.read_csv(path) if path else None for path in (s.input.guarded, s.input.unguarded)),
    )
    claims = load_claims(s.input.claims, load_schema(s.input.schema))
    table = ledger(claims, pd.read_csv(s.input.derivations), results)
    table.to_csv(s.output.csv, index=False)
    Path(s.output.md).write_text(markdown(table), encoding="utf-8")
    Path(s.output.html).write_text(html(table), encoding="utf-8")
