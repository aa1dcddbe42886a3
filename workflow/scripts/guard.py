from job import job

with job(snakemake) as s:
    from duality import records
    from duality.config import settings
    from duality.dataset.density import densities
    from duality.dataset.stream import Stream
    from duality.guard import guarded, unguarded
    from duality.guard.subject import Subject
    from duality.random_streams import generator

    p, part = s.params, s.wildcards.part
    windows = records.convert(p.windows, settings.WindowSettings, "statistics")
    subject = Subject(records.convert(p.subject, settings.GuardSubject, "guard"), densities(p.classes), windows)
    stream, random = Stream.read(s.input.x1, s.input.label), generator(p.seed, "guard", part)
    if part == "theory":
        values = records.convert(p.settings, settings.GuardTheorySettings, "guard.theory")
        records.GUARD_THEORY.write(guarded.theory(subject, values, print), s.output.csv)
    elif part == "training":
        plan = records.convert(p.settings, settings.GuardTrainingSettings, "guard.training")
        records.GUARD_TRAINING.write(guarded.training(subject, stream, plan, random, print), s.output.csv)
    else:
        plan = records.convert(p.settings, settings.UnguardedTrainingSettings, "guard.unguarded_training")
        records.UNGUARDED_TRAINING.write(unguarded.training(subject, stream, plan, random, print), s.output.csv)
