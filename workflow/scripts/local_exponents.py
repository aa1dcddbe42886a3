from job import job

with job(snakemake) as s:
    from duality.config.settings import MeasuredClass
    from duality.figures.local_exponents import caption, local_exponents
    from duality.figures.style import publish
    from duality.records.jacobian import MAP, Windows
    from duality.records.record import complete, convert, read

    of_each = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    measured = {s.params.titles[name]: of for name, of in of_each.items()}
    curves = complete(MAP.read, measured, s.input.curves)
    windows = complete(lambda path: read(path, Windows), measured, s.input.windows)
    drawn = local_exponents(curves, windows, {name: measured[name] for name in curves})
    publish(drawn, caption(), "local_exponents", s.output)
