from job import job

with job(snakemake) as s:
    from duality.figures.overview import overview
    from duality.figures.style import save
    from duality.records import CURVES, complete

    tables = complete(CURVES.read, s.params.titles, s.input.curves)
    save(overview(tables, s.params.titles), s.output.pictures)
