from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.dataset.density import density
    from duality.guard.guarded import Subject, theory, training
    from duality.guard.unguarded import unguarded
    from duality.random_streams import generator

    densities = {name: density(description) for name, description in s.params.classes.items()}
    subject = Subject(
        **s.params.subject, densities=densities, much_less_than=s.params.much_less_than, tail=s.params.tail
    )
    x1, label = np.load(s.input.x1), np.load(s.input.label)
    part = {"theory": theory, "training": training, "unguarded_training": unguarded}[s.wildcards.part]
    random = generator(s.params.seed, "guard", s.wildcards.part)
    part(subject, x1, label, s.params.settings, random, print).to_csv(s.output.csv, index=False)
