from job import job

with job(snakemake) as s:
    from duality.config.settings import MeasuredClass
    from duality.figures.sensitivities import CAPTION, sensitivities
    from duality.figures.style import publish
    from duality.records.exponents import SENSITIVITY
    from duality.records.record import complete, convert

    of_each = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    measured = {s.params.titles[name]: of for name, of in of_each.items()}
    tables = complete(SENSITIVITY.read, measured, s.input.tables)
    publish(sensitivities(tables, {name: measured[name] for name in tables}), CAPTION, "sensitivities", s.output)
