from job import job

with job(snakemake) as s:
    from duality.config.settings import MeasuredClass
    from duality.figures.local_exponents import caption, local_exponents
    from duality.figures.style import publish
    from duality.records import MAP, Windows, convert, read

    of_each = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    measured = {s.params.titles[name]: of for name, of in of_each.items()}
    curves = dict(zip(measured, map(MAP.read, s.input.curves), strict=True))
    windows = dict(zip(measured, (read(path, Windows) for path in s.input.windows), strict=True))
    publish(local_exponents(curves, windows, measured), caption(), "local_exponents", s.output)
