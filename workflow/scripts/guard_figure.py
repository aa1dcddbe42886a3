from job import job

with job(snakemake) as s:
    from duality.figures.guard import caption, figure
    from duality.figures.style import publish
    from duality.records.guard import GUARD_THEORY, GUARD_TRAINING, UNGUARDED_TRAINING

    theory, training = GUARD_THEORY.read(s.input.theory), GUARD_TRAINING.read(s.input.training)
    unguarded = UNGUARDED_TRAINING.read(s.input.unguarded)
    text = caption(theory, training, unguarded, s.params.parameter, s.params.title)
    publish(figure(theory, training, unguarded), text, "guard", s.output)
