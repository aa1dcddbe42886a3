from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.dataset.density import ClassSettings
    from duality.dataset.stream import draw_shards
    from duality.records.record import convert

    name, shard = s.wildcards.class_name, int(s.wildcards.shard)
    settings = convert(s.params.settings, ClassSettings, f"classes.{name}")
    [(_, _, x1)] = draw_shards({name: settings}, s.params.samples, [shard], s.params.seed)
    np.save(s.output.x1, x1)
