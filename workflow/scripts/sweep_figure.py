from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.style import save
    from duality.figures.sweeps import caption, draw
    from duality.records import sweep_table

    axes, labels, figure = s.params.axes, s.params.labels, s.params.figure
    table = sweep_table(axes).read(s.input.csv)
    save(draw(table, figure, labels), s.output.pictures)
    Path(s.output.caption).write_text(caption(s.wildcards.sweep, table, figure, labels), encoding="utf-8")
