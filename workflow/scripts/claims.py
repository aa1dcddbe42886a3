from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.claims.documents import html, markdown
    from duality.claims.ledger import ledger, load_claims
    from duality.claims.measurements import ExperimentResults, GuardResults, Results
    from duality.config.reading import load_schema
    from duality.records import LEDGER

    i, p = s.input, s.params
    files = zip(p.experiments, i.equilibria, i.exponents, i.jumps, i.distances, i.rivals, strict=True)
    experiments = {name: ExperimentResults.read(*paths) for name, *paths in files}
    guard = GuardResults.read(p.guard_experiment, i.guarded, i.unguarded) if p.guard_experiment else None
    summaries = {name: i[f"summary_of_{name}"] for name in p.classes}
    results = Results.read(i.derivations, summaries, experiments, guard)
    table = ledger(load_claims(i.claims, load_schema(i.schema)), results)
    LEDGER.write(table, s.output.csv)
    Path(s.output.md).write_text(markdown(table), encoding="utf-8")
    Path(s.output.html).write_text(html(table), encoding="utf-8")
