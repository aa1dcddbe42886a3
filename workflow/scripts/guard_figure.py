from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.figures.guard import caption, figure
    from duality.figures.style import save

    tables = [pd.read_csv(path) for path in (s.input.theory, s.input.training, s.input.unguarded)]
    save(figure(*tables), s.output.pictures)
    Path(s.output.caption).write_text(caption(*tables, s.params.parameter), encoding="utf-8")
