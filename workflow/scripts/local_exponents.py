from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import MeasuredClass
    from duality.figures.local_exponents import caption, local_exponents
    from duality.figures.style import save
    from duality.records import MAP, Windows, convert, read

    measured = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    curves = dict(zip(measured, map(MAP.read, s.input.curves), strict=True))
    windows = dict(zip(measured, (read(path, Windows) for path in s.input.windows), strict=True))
    save(local_exponents(curves, windows, measured), s.output.pictures)
    Path(s.output.caption).write_text(caption(), encoding="utf-8")
