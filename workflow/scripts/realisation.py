from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.settings import DatasetSettings, MeasuredClass, TrainingSettings, WindowSettings
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.formulas.compose import compose
    from duality.random_streams import generator
    from duality.realisations.realisation import Design, realise
    from duality.records import REALISATION, convert

    p, experiment, number = s.params, s.wildcards.experiment, int(s.wildcards.realisation)
    design = Design(
        model=Model(compose(**p.composition), densities(p.classes)),
        classes=classes_of(p.classes),
        dataset=convert(p.dataset, DatasetSettings, "dataset"),
        training=convert(p.training, TrainingSettings, f"experiments.{experiment}.training"),
        measured=convert(p.measured, dict[str, MeasuredClass], f"experiments.{experiment}.classes"),
        windows=convert(p.windows, WindowSettings, "statistics"),
    )
    found = realise(design, partial(generator, p.seed, "realisation", experiment, number), print)
    found.insert(0, "experiment", experiment)
    found.insert(1, "realisation", number)
    REALISATION.write(found, s.output.csv)
