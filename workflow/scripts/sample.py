from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.dataset.sample_file import read_column

    np.save(s.output.x1, read_column(s.input.file, s.params.column))
