from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.calibration.simulation import EXPONENTS, bootstraps, coverages, figure
    from duality.figures.style import save
    from duality.random_streams import generator

    coverage = coverages(2000, generator(s.params.seed, "calibration", "coverage"))
    tests = [bootstraps(k, 2.0, 1000, 300, 199, generator(s.params.seed, "calibration", str(k))) for k in EXPONENTS]
    p_values = pd.concat(tests, ignore_index=True)
    coverage.to_csv(s.output.coverage, index=False)
    p_values.to_csv(s.output.p_values, index=False)
    save(figure(coverage, p_values), s.output.pictures)
    Path(s.output.caption).write_text(
        "Calibration on simulated power laws. Left: the share of data sets whose 95% interval holds the true k, with "
        "binomial 95% errors; 2000 data sets each. Right: the cumulative distribution of the p-values of the KS test "
        "with parametric bootstrap, 300 data sets of 1000 values over two decades for each k; uniform if the test is "
        "right.\n",
        encoding="utf-8",
    )
