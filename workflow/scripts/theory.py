from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.records.theory import DERIVATIONS, REGIMES
    from duality.theory.page import markdown

    found = pd.concat(map(REGIMES.read, s.input.regimes)), DERIVATIONS.read(s.input.derivations), s.params.titles
    Path(s.output.md).write_text(markdown(*found), encoding="utf-8")
