from job import job

with job(snakemake) as s:
    from duality.figures.overview import overview
    from duality.figures.paper_captions import caption_of_all
    from duality.figures.style import publish
    from duality.records import CURVES

    tables = dict(zip(s.params.titles, map(CURVES.read, s.input.curves), strict=True))
    publish(overview(tables, s.params.titles), caption_of_all(s.params.titles), "overview", s.output)
