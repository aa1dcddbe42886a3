from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.settings import DatasetSettings, JumpsSettings, MeasuredClass, TrainingSettings, WindowSettings
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.formulas.compose import compose
    from duality.jacobian.windows import WindowRules
    from duality.jumps.runs import Origin, scan
    from duality.random_streams import generator
    from duality.realisations.realisation import Design, realise
    from duality.records import REALISATION, convert

    p, experiment, number = s.params, s.wildcards.experiment, int(s.wildcards.realisation)
    random = partial(generator, p.seed, "realisation", experiment, number)
    model, classes = Model(compose(**p.composition), densities(p.classes)), classes_of(p.classes)
    measured = convert(p.measured, dict[str, MeasuredClass], f"experiments.{experiment}.classes")
    training = convert(p.training, TrainingSettings, f"experiments.{experiment}.training")
    rules = WindowRules.of_classes(measured, classes, convert(p.windows, WindowSettings, "statistics"))
    dataset = convert(p.dataset, DatasetSettings, "dataset")
    jumps = convert({**p.jumps, "factors": [1]}, JumpsSettings, "jumps")

    def at_own_gamma(stream, trajectory, equilibrium):
        origin = Origin(training.gamma, trajectory, equilibrium, rules, training.mini_batch)
        return scan(model, stream, origin, jumps, random("jumps"), print)

    found = realise(Design(model, classes, dataset, training, measured, rules, at_own_gamma), random, print)
    REALISATION.write(found.assign(experiment=experiment, realisation=number)[[*REALISATION.columns]], s.output.csv)
