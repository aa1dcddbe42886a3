from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.dataset.density import classes_of
    from duality.dataset.stream import draw_shards
    from duality.fluctuations.extraction import Extraction, Fluctuations, summaries
    from duality.formulas.compose import compose
    from duality.records.fluctuations import FLUCTUATION_COUNTS, HISTOGRAM, SHARD_SUMMARY, Head
    from duality.records.record import read
    from duality.records.training import Equilibrium

    p, classes = s.params, classes_of(s.params.classes)
    frozen = read(s.input.equilibrium, Equilibrium).frozen(p.gamma)
    extraction = Extraction(compose(**p.composition), frozen, tuple(classes))
    stored = [(name, shard, path) for name in classes for shard, path in enumerate(s.input[f"x1_of_{name}"])]
    seen = extraction.count((name, shard, np.load(path)) for name, shard, path in stored)
    unseen = extraction.count(draw_shards(classes, p.samples, range(p.training_shards, p.own), p.seed))
    for path in s.input.sums:
        unseen.add(path)
    SHARD_SUMMARY.write(summaries([seen, unseen], p.shards), s.output.samples)
    for part, sums in (("seen", seen), ("unseen", unseen)):
        found = Fluctuations.of(sums)
        HISTOGRAM.write(found.histogram, s.output[f"{part}_histogram"])
        FLUCTUATION_COUNTS.write(found.counts, s.output[f"{part}_counts"])
    Head(extraction.head({name: np.load(s.input[f"x1_of_{name}"][0]) for name in classes})).write(s.output.head)
