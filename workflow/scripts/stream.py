from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.dataset.stream import mix

    shards = [np.load(path) for path in s.input.shards]
    per_class = len(shards) // s.params.classes
    samples = [np.concatenate(shards[c * per_class : (c + 1) * per_class]) for c in range(s.params.classes)]
    x1, label = mix(samples, s.params.seed)
    np.save(s.output.x1, x1)
    np.save(s.output.label, label)
