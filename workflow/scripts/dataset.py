from job import job

with job(snakemake) as s:
    import numpy as np
    import pandas as pd
    from duality.dataset import draw_shard, summary

    class_name, shard = s.wildcards.class_name, int(s.wildcards.shard)
    x1 = draw_shard(s.params.description, s.params.seed, class_name, shard, s.params.shards, s.params.samples)
    np.save(s.output.x1, x1)
    pd.DataFrame([summary(x1)]).to_csv(s.output.summary, index=False)
