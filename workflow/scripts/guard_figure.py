from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.drawing import save
    from duality.guard_figure import caption, figure

    tables = [pd.read_csv(path) for path in (s.input.theory, s.input.training, s.input.unguarded)]
    save(figure(*tables), s.output.pictures)
    Path(s.output.caption).write_text(caption(*tables, s.params.parameter), encoding="utf-8")
