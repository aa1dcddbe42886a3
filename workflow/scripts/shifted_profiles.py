from job import job

with job(snakemake) as s:
    from duality.figures.shifted_profiles import CAPTION, shifted_profiles
    from duality.figures.style import publish
    from duality.records import PROFILE, Exponents, read

    names = s.params.titles.values()
    tables = dict(zip(names, map(PROFILE.read, s.input.tables), strict=True))
    measured = {name: read(path, Exponents) for name, path in zip(names, s.input.exponents, strict=True)}
    publish(shifted_profiles(tables, measured), CAPTION, "shifted_profiles", s.output)
