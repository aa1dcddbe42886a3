from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.realisations import caption, realisations
    from duality.figures.style import save
    from duality.realisations.spread import summary
    from duality.records import REALISATION, REALISATIONS

    table, estimates = REALISATIONS.read(s.input.csv), REALISATION.read(s.input.estimates)
    save(realisations(table, estimates), s.output.pictures)
    Path(s.output.caption).write_text(caption(summary(table, estimates)), encoding="utf-8")
