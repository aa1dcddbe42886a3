from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.formulas.compose import compose
    from duality.random_streams import generator
    from duality.records import SWEEP_POINT
    from duality.sweeps.point import measure_point

    p, random = s.params, partial(generator, s.params.seed, "sweep", s.wildcards.point)
    model = Model(compose(**p.composition), densities(p.classes))
    SWEEP_POINT.write(measure_point(model, classes_of(p.classes), p, random, print), s.output.csv)
