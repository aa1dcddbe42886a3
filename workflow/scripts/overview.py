from job import job

with job(snakemake) as s:
    from duality.figures.overview import overview
    from duality.figures.paper_captions import caption_of_all
    from duality.figures.style import publish
    from duality.records import CURVES, complete

    tables = complete(CURVES.read, s.params.titles, s.input.curves)
    titles = {name: s.params.titles[name] for name in tables}
    publish(overview(tables, titles), caption_of_all(titles), "overview", s.output)
