from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import MeasuredClass
    from duality.figures.local_exponents import caption, local_exponents
    from duality.figures.style import save
    from duality.records import MAP, Windows, complete, convert, read

    measured = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    curves = complete(MAP.read, measured, s.input.curves)
    windows = complete(lambda path: read(path, Windows), measured, s.input.windows)
    save(local_exponents(curves, windows, {name: measured[name] for name in curves}), s.output.pictures)
    Path(s.output.caption).write_text(caption(), encoding="utf-8")
