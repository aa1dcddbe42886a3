from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.shifted_profiles import CAPTION, shifted_profiles
    from duality.figures.style import save
    from duality.records import PROFILE, Exponents, complete, read

    tables = complete(PROFILE.read, s.params.names, s.input.tables)
    measured = complete(lambda path: read(path, Exponents), s.params.names, s.input.exponents)
    save(shifted_profiles(tables, measured), s.output.pictures)
    Path(s.output.caption).write_text(CAPTION, encoding="utf-8")
