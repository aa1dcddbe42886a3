from job import job

with job(snakemake) as s:
    import pandas as pd

    from duality.figures.overview import overview
    from duality.figures.style import save

    tables = dict(zip(s.params.titles, map(pd.read_csv, s.input.curves), strict=True))
    save(overview(tables, s.params.titles), s.output.pictures)
