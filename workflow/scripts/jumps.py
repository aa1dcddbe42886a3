from job import job

with job(snakemake) as s:
    import json

    import numpy as np

    from duality.dataset.density import density
    from duality.formulas.compose import compose
    from duality.jumps.runs import scan, summary
    from duality.random_streams import generator

    with open(s.input.equilibrium, encoding="utf-8") as file:
        equilibrium = json.load(file)
    trajectory = np.load(s.input.trajectory)
    x1, label = np.load(s.input.x1), np.load(s.input.label)
    composition, gamma = compose(**s.params.composition), s.params.gamma
    random = generator(s.params.seed, "jumps", s.wildcards.experiment)
    densities = {name: density(description) for name, description in s.params.classes.items()}
    distances, curves = scan(
        composition, densities, x1, label, trajectory, equilibrium, gamma, s.params.settings, random, print
    )
    distances.to_csv(s.output.distances, index=False)
    curves.to_csv(s.output.distributions, index=False)
    with open(s.output.summary, "w", encoding="utf-8") as file:
        json.dump(summary(distances, gamma), file, indent=2)
