from job import job

with job(snakemake) as s:
    import pandas as pd

    from duality.calibration.simulation import bootstraps, coverages
    from duality.config.settings import CalibrationSettings
    from duality.random_streams import generator
    from duality.records.record import convert

    settings = convert(s.params.settings, CalibrationSettings, "calibration")
    coverages(settings, generator(s.params.seed, "calibration", "coverage")).to_csv(s.output.coverage, index=False)
    randoms = {k: generator(s.params.seed, "calibration", str(k)) for k in settings.exponents}
    p_values = [bootstraps(k, settings.p_values, random) for k, random in randoms.items()]
    pd.concat(p_values, ignore_index=True).to_csv(s.output.p_values, index=False)
