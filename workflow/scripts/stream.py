from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.dataset.stream import mix
    from duality.random_streams import generator

    samples = [np.concatenate([np.load(path) for path in s.input[f"x1_of_{name}"]]) for name in s.params.classes]
    mix(samples, generator(s.params.seed, "dataset", "stream")).write(s.output.x1, s.output.label)
