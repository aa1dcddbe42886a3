from job import job

with job(snakemake) as s:
    from duality.figures.overview import overview
    from duality.figures.style import save
    from duality.records import CURVES

    tables = dict(zip(s.params.titles, map(CURVES.read, s.input.curves), strict=True))
    save(overview(tables, s.params.titles), s.output.pictures)
