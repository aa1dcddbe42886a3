from job import job

with job(snakemake) as s:
    from duality.config import settings
    from duality.dataset.density import densities
    from duality.dataset.stream import Stream
    from duality.guard import guarded, unguarded
    from duality.guard.subject import Subject
    from duality.random_streams import generator
    from duality.records.guard import GUARD_THEORY, GUARD_TRAINING, UNGUARDED_TRAINING
    from duality.records.record import convert

    p, part = s.params, s.wildcards.part
    windows = convert(p.windows, settings.WindowSettings, "statistics")
    subject = Subject(convert(p.subject, settings.GuardSubject, "guard"), densities(p.classes), windows)
    stream, random = Stream.read(s.input.x1, s.input.label), generator(p.seed, "guard", part)
    if part == "theory":
        values = convert(p.settings, settings.GuardTheorySettings, "guard.theory")
        GUARD_THEORY.write(guarded.theory(subject, values, print), s.output.csv)
    elif part == "training":
        plan = convert(p.settings, settings.GuardTrainingSettings, "guard.training")
        GUARD_TRAINING.write(guarded.training(subject, stream, plan, random, print), s.output.csv)
    else:
        plan = convert(p.settings, settings.UnguardedTrainingSettings, "guard.unguarded_training")
        UNGUARDED_TRAINING.write(unguarded.training(subject, stream, plan, random, print), s.output.csv)
