from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.settings import DatasetSettings, MeasuredClass, WindowSettings
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.formulas.compose import compose
    from duality.jacobian.windows import WindowRules
    from duality.random_streams import generator
    from duality.realisations.realisation import Design
    from duality.records import SWEEP_POINT, convert
    from duality.sweeps.point import measure_point
    from duality.training.plan import training_settings

    p = s.params
    model, classes = Model(compose(**p.composition), densities(p.classes)), classes_of(p.classes)
    measured = convert(p.measured, dict[str, MeasuredClass], "classes")
    rules = WindowRules.of_classes(measured, classes, convert(p.windows, WindowSettings, "statistics"))
    training = training_settings(model, p.training, p.design)
    design = Design(model, classes, convert(p.dataset, DatasetSettings, "dataset"), training, measured, rules)
    found = measure_point(design, partial(generator, p.seed, "sweep", s.wildcards.point), print)
    SWEEP_POINT.write(found, s.output.csv)
