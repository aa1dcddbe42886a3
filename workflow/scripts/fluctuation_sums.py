from job import job

with job(snakemake) as s:
    from duality.dataset.density import classes_of
    from duality.dataset.stream import draw_shards
    from duality.fluctuations.extraction import Extraction
    from duality.formulas.compose import compose
    from duality.records.record import read
    from duality.records.training import Equilibrium

    p, classes = s.params, classes_of(s.params.classes)
    first, last = map(int, s.wildcards.batch.split("-"))
    frozen = read(s.input.equilibrium, Equilibrium).frozen(p.gamma)
    extraction = Extraction(compose(**p.composition), frozen, tuple(classes))
    extraction.count(draw_shards(classes, p.samples, range(first, last + 1), p.seed)).write(s.output.sums)
