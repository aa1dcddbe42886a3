from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.exponents.prediction import load_regimes
    from duality.theory.page import markdown

    page = markdown(pd.concat(map(load_regimes, s.input.regimes)), pd.read_csv(s.input.derivations))
    Path(s.output.md).write_text(page, encoding="utf-8")
