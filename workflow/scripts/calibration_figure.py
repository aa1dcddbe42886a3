from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.config.settings import CalibrationSettings
    from duality.figures.calibration import calibration, caption
    from duality.figures.style import save
    from duality.records import convert

    save(calibration(pd.read_csv(s.input.coverage), pd.read_csv(s.input.p_values)), s.output.pictures)
    text = caption(convert(s.params.settings, CalibrationSettings, "calibration"))
    Path(s.output.caption).write_text(text, encoding="utf-8")
