from job import job

with job(snakemake) as s:
    from duality.figures.shifted_profiles import CAPTION, shifted_profiles
    from duality.figures.style import publish
    from duality.records.exponents import PROFILE, Exponents
    from duality.records.record import complete, read

    names = s.params.titles.values()
    tables = complete(PROFILE.read, names, s.input.tables)
    measured = complete(lambda path: read(path, Exponents), names, s.input.exponents)
    publish(shifted_profiles(tables, measured), CAPTION, "shifted_profiles", s.output)
