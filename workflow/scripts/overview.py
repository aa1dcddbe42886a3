from job import job

with job(snakemake) as s:
    from duality.figures.curves import failed
    from duality.figures.overview import overview
    from duality.figures.paper_captions import caption_of_all
    from duality.figures.style import publish
    from duality.records.figures import CURVES
    from duality.records.record import complete_and_failed

    titles = s.params.titles
    found, why = complete_and_failed(CURVES.read, titles, s.input.curves)
    tables = {name: found[name] if name in found else failed(why[name]) for name in titles}
    publish(overview(tables, titles), caption_of_all(titles), "overview", s.output)
