from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.composition import compose
    from duality.regimes import regimes_table
    from duality.theory import DERIVATIONS, collect, markdown

    compositions = {name: compose(**composition) for name, composition in s.params.compositions.items()}
    regimes = regimes_table(compositions, s.params.classes)
    derivations = collect(DERIVATIONS)
    regimes.to_csv(s.output.regimes, index=False)
    derivations.to_csv(s.output.derivations, index=False)
    Path(s.output.md).write_text(markdown(regimes, derivations), encoding="utf-8")
