from job import job

with job(snakemake) as s:
    import pandas as pd

    from duality.config.settings import CalibrationSettings
    from duality.figures.calibration import calibration, caption
    from duality.figures.style import publish
    from duality.records.record import convert

    figure = calibration(pd.read_csv(s.input.coverage), pd.read_csv(s.input.p_values))
    publish(figure, caption(convert(s.params.settings, CalibrationSettings, "calibration")), "calibration", s.output)
