from job import job

with job(snakemake) as s:
    import json

    import numpy as np

    from duality.dataset.density import density
    from duality.formulas.compose import compose
    from duality.random_streams import generator
    from duality.training.sgd import equilibrium, train

    composition = compose(**s.params.composition)
    x1, label = np.load(s.input.x1), np.load(s.input.label)
    random = generator(s.params.seed, "training", s.wildcards.experiment)
    trajectory = train(composition, x1, label, s.params.settings, random, print)
    densities = [density(description) for description in s.params.classes.values()]
    report = equilibrium(
        composition, trajectory, x1, label, s.params.composition["labels"], densities, s.params.settings
    )
    np.savez(s.output.trajectory, steps=trajectory.steps, w=trajectory.w, b=trajectory.b, kept=trajectory.kept)
    with open(s.output.equilibrium, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
