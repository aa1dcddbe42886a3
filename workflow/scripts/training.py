from job import job

with job(snakemake) as s:
    from duality.config.settings import TrainingSettings
    from duality.dataset.density import densities
    from duality.dataset.model import Model
    from duality.dataset.stream import Stream
    from duality.formulas.compose import compose
    from duality.random_streams import generator
    from duality.records.record import convert, write
    from duality.records.training import Equilibrium
    from duality.training.equilibrium import report
    from duality.training.sgd import Sgd, train

    p, experiment = s.params, s.wildcards.experiment
    settings = convert(p.settings, TrainingSettings, f"experiments.{experiment}.training")
    model = Model(compose(**p.composition), densities(p.classes))
    stream = Stream.read(s.input.x1, s.input.label)
    random = generator(p.seed, "training", experiment)
    trained = train(Sgd(model.composition, stream, settings.mini_batch), settings, random, print)
    trained.trajectory.write(s.output.trajectory)
    write(report(model, stream, trained, settings, print), s.output.equilibrium, Equilibrium)
