from job import job

with job(snakemake) as s:
    from duality.figures.realisations import caption, realisations
    from duality.figures.style import publish
    from duality.realisations.spread import summary
    from duality.records.realisations import REALISATION, REALISATIONS

    table, estimates = REALISATIONS.read(s.input.csv), REALISATION.read(s.input.estimates)
    table, estimates = (of.assign(experiment=of["experiment"].replace(s.params.titles)) for of in (table, estimates))
    publish(realisations(table, estimates), caption(summary(table, estimates)), "realisations", s.output)
