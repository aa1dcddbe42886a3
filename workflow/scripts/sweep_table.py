from job import job

with job(snakemake) as s:
    from duality.records.sweeps import SWEEP_POINT, sweep_table
    from duality.sweeps.collection import collected

    points = [(values, SWEEP_POINT.read(path)) for values, path in zip(s.params.at, s.input, strict=True)]
    sweep_table(s.params.axes).write(collected(points), s.output.csv)
