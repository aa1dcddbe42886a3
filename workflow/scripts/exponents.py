from job import job

with job(snakemake) as s:
    import json

    import numpy as np
    import pandas as pd

    from duality.composition import compose
    from duality.conventions import SIGNS
    from duality.exponents import density_curve, measure
    from duality.fluctuations import load_histogram, select
    from duality.jacobian import dualities
    from duality.windows import window_from

    with open(s.input.equilibrium, encoding="utf-8") as e, open(s.input.windows, encoding="utf-8") as f:
        parameters, windows = json.load(e), json.load(f)
    histogram = load_histogram(s.input.histograms)
    counts = pd.concat(map(pd.read_csv, s.input.counts)).groupby("class").sum()
    maps = dualities(
        compose(**s.params.composition), s.params.classes, parameters["w"], parameters["b"], s.params.gamma
    )
    measured, curves = {}, {}
    for name, chosen in s.params.measured.items():
        sign, samples = SIGNS[chosen["sign"]], int(counts.loc[name, "samples"])
        bins = select(histogram, name, "q_dot", chosen["sign"])
        paper, observed = (window_from(windows[name][kind]) for kind in ("paper", "observed"))
        covariance = np.array(parameters["covariance"])
        measured[name] = {
            "fractions": {key: int(counts.loc[name, key]) / samples for key in ("negative", "positive", "dead")},
            **measure(maps[name], sign, paper, observed, covariance, bins, samples, s.params.cells),
        }
        curves[name] = density_curve(bins, maps[name], sign, samples)
    pd.concat(curves, names=["class", "row"]).droplevel("row").to_csv(s.output.density)
    with open(s.output.exponents, "w", encoding="utf-8") as file:
        json.dump(measured, file, indent=2)
