from job import job

with job(snakemake) as s:
    import json

    import numpy as np

    from duality.fluctuations.extraction import extract, save_histogram
    from duality.formulas.composition import compose

    with open(s.input.equilibrium, encoding="utf-8") as file:
        parameters = json.load(file)
    samples = [np.load(path) for path in s.input.shards]
    histogram, counts, head = extract(
        compose(**s.params.composition), samples, s.params.classes, parameters["w"], parameters["b"], s.params.gamma
    )
    save_histogram(histogram, s.output.histogram)
    counts.to_csv(s.output.counts, index=False)
    np.savez(s.output.head, **head)
