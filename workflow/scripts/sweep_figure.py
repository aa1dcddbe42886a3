from job import job

with job(snakemake) as s:
    from duality.figures.style import publish
    from duality.figures.sweep_captions import caption
    from duality.figures.sweeps import draw
    from duality.records.sweeps import sweep_table

    axes, labels, figure = s.params.axes, s.params.labels, s.params.figure
    table = sweep_table(axes).read(s.input.csv)
    text = caption(s.wildcards.sweep, table, figure, labels)
    publish(draw(table, figure, labels), text, s.wildcards.drawn, s.output)
