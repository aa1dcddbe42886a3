from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.settings import TrainingSettings
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.formulas.compose import compose
    from duality.jumps.runs import scan_at_own_gamma
    from duality.random_streams import generator
    from duality.realisations.estimates import design_of
    from duality.realisations.realisation import realise
    from duality.records.realisations import REALISATION
    from duality.records.record import convert

    p, experiment, number = s.params, s.wildcards.experiment, int(s.wildcards.realisation)
    random = partial(generator, p.seed, "realisation", experiment, number)
    model, classes = Model(compose(**p.composition), densities(p.classes)), classes_of(p.classes)
    training = convert(p.training, TrainingSettings, f"experiments.{experiment}.training")
    design = design_of(model, classes, p, training, random, print, scan_at_own_gamma)
    found = realise(design, random, print)
    REALISATION.write(found.assign(experiment=experiment, realisation=number)[[*REALISATION.columns]], s.output.csv)
