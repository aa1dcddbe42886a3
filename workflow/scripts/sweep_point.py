from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.excerpt import OF_A_POINT
    from duality.config.sweeps import resolved_point
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.errors import InputError
    from duality.formulas.compose import compose
    from duality.jumps.runs import scan_at_own_gamma
    from duality.random_streams import generator
    from duality.records.sweeps import SWEEP_POINT
    from duality.sweeps.batches import measured_batches
    from duality.sweeps.collection import TRAINING
    from duality.sweeps.point import failed_point, measure_point

    try:
        point = resolved_point({part: s.params[part] for part in OF_A_POINT})
        model = Model(compose(**point["composition"]), densities(point["classes"]))
    except InputError as error:  # of this point: the others go on
        found = failed_point(TRAINING, str(error))
    else:
        random = partial(generator, point["seed"], "sweep", s.wildcards.point)
        batches = partial(measured_batches, batches=s.params.batches["batches"]) if s.params.batches else None
        found = measure_point(model, classes_of(point["classes"]), point, random, print, scan_at_own_gamma, batches)
    SWEEP_POINT.write(found, s.output.csv)
