from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.records import DERIVATIONS, REGIMES
    from duality.theory.page import markdown

    page = markdown(pd.concat(map(REGIMES.read, s.input.regimes)), DERIVATIONS.read(s.input.derivations))
    Path(s.output.md).write_text(page, encoding="utf-8")
