from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import MeasuredClass
    from duality.figures.sensitivities import CAPTION, sensitivities
    from duality.figures.style import save
    from duality.records import SENSITIVITY, complete, convert

    measured = convert(s.params.measured, dict[str, dict[str, MeasuredClass]], "experiments")
    tables = complete(SENSITIVITY.read, measured, s.input.tables)
    save(sensitivities(tables, {name: measured[name] for name in tables}), s.output.pictures)
    Path(s.output.caption).write_text(CAPTION, encoding="utf-8")
