from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.figures.sensitivities import CAPTION, sensitivities
    from duality.figures.style import save

    tables = dict(zip(s.params.measured, map(pd.read_csv, s.input.tables), strict=True))
    save(sensitivities(tables, s.params.measured), s.output.pictures)
    Path(s.output.caption).write_text(CAPTION, encoding="utf-8")
