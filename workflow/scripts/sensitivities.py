from job import job

with job(snakemake) as s:
    from duality.config.settings import MeasuredClass
    from duality.figures.sensitivities import CAPTION, sensitivities
    from duality.figures.style import publish
    from duality.records import SENSITIVITY, convert

    of_each = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    measured = {s.params.titles[name]: of for name, of in of_each.items()}
    tables = dict(zip(measured, map(SENSITIVITY.read, s.input.tables), strict=True))
    publish(sensitivities(tables, measured), CAPTION, "sensitivities", s.output)
