from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.guard import caption, figure
    from duality.figures.style import save
    from duality.records import GUARD_THEORY, GUARD_TRAINING, UNGUARDED_TRAINING

    theory, training = GUARD_THEORY.read(s.input.theory), GUARD_TRAINING.read(s.input.training)
    unguarded = UNGUARDED_TRAINING.read(s.input.unguarded)
    save(figure(theory, training, unguarded), s.output.pictures)
    text = caption(theory, training, unguarded, s.params.parameter)
    Path(s.output.caption).write_text(text, encoding="utf-8")
