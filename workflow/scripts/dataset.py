from job import job

with job(snakemake) as s:
    import numpy as np
    import pandas as pd

    from duality.dataset.density import ClassSettings
    from duality.dataset.stream import draw_shard, summary
    from duality.random_streams import generator
    from duality.records import SHARD_SUMMARY, convert

    name, shard = s.wildcards.class_name, int(s.wildcards.shard)
    settings = convert(s.params.settings, ClassSettings, f"classes.{name}")
    x1 = draw_shard(settings, s.params.samples, shard, generator(s.params.seed, "dataset", name, shard))
    np.save(s.output.x1, x1)
    SHARD_SUMMARY.write(pd.DataFrame([summary(x1)]), s.output.summary)
