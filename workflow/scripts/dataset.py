from job import job

with job(snakemake) as s:
    import csv

    import numpy as np

    from duality.dataset.stream import draw_shard, summary

    class_name, shard = s.wildcards.class_name, int(s.wildcards.shard)
    x1 = draw_shard(s.params.description, s.params.seed, class_name, shard, s.params.shards or 1, s.params.samples)
    np.save(s.output.x1, x1)
    with open(s.output.summary, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(zip(*summary(x1).items(), strict=True))
