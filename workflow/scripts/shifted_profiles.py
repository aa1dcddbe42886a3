from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.shifted_profiles import CAPTION, shifted_profiles
    from duality.figures.style import save
    from duality.records import PROFILE, Exponents, read

    tables = dict(zip(s.params.names, map(PROFILE.read, s.input.tables), strict=True))
    measured = {name: read(path, Exponents) for name, path in zip(s.params.names, s.input.exponents, strict=True)}
    save(shifted_profiles(tables, measured), s.output.pictures)
    Path(s.output.caption).write_text(CAPTION, encoding="utf-8")
