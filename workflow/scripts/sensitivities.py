from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.drawing import save
    from duality.sensitivities import CAPTION, sensitivities

    tables = dict(zip(s.params.measured, map(pd.read_csv, s.input.tables), strict=True))
    save(sensitivities(tables, s.params.measured), s.output.pictures)
    Path(s.output.caption).write_text(CAPTION, encoding="utf-8")
