from job import job

with job(snakemake) as s:
    import json
    from functools import partial

    import numpy as np
    import pandas as pd

    from duality.conventions import SIGNS
    from duality.errors import naming
    from duality.exponents.measurement import density_curve, measure_class, sensitivity
    from duality.exponents.prediction import load_regimes
    from duality.fluctuations.extraction import load_histogram, select
    from duality.formulas.composition import compose
    from duality.jacobian.duality import dualities
    from duality.jacobian.windows import load_windows
    from duality.random_streams import generator

    p, experiment = s.params, s.wildcards.experiment
    with open(s.input.equilibrium, encoding="utf-8") as file:
        parameters = json.load(file)
    w, b, covariance = parameters["w"], parameters["b"], np.array(parameters["covariance"])
    windows, histogram = load_windows(s.input.windows), load_histogram(s.input.histograms)
    regimes = load_regimes(s.input.regimes)
    counts = pd.concat(map(pd.read_csv, s.input.counts)).groupby("class").sum()
    maps = dualities(compose(**p.composition), p.classes, w, b, p.gamma)
    measured, rivals, sensitivities, curves = {}, {}, {}, {}
    for name, chosen in p.measured.items():
        sign, x2, samples = SIGNS[chosen["sign"]], p.classes[name]["x2"], int(counts.loc[name, "samples"])
        bins = select(histogram, name, "q_dot", chosen["sign"])
        random = partial(generator, p.seed, "exponents", experiment, name)
        with naming(f"experiments.{experiment}.classes.{name}"):
            found, rivals[name] = measure_class(
                maps[name], windows[name], histogram, name, samples, covariance,
                regimes[regimes["class"] == name], p.cells, p.replicates, random,
            )  # fmt: skip
        measured[name] = {
            "fractions": {key: int(counts.loc[name, key]) / samples for key in ("negative", "positive", "dead")}
        } | found
        sensitivities[name] = sensitivity(
            maps[name], chosen["conditions"], x2, sign, p.sensitivity, p.tail, bins, covariance
        )
        curves[name] = density_curve(bins, maps[name], sign, samples)
    with open(s.output.exponents, "w", encoding="utf-8") as file:
        json.dump(measured, file, indent=2)
    for tables, path in ((rivals, s.output.rivals), (sensitivities, s.output.sensitivity), (curves, s.output.density)):
        pd.concat(tables, names=["class", "row"]).droplevel("row").to_csv(path)
