from job import job

with job(snakemake) as s:
    import numpy as np

    from duality.fits.cross_check import cross_check
    from duality.records import CROSS_CHECK, Exponents, read

    names = list(s.params.signs)
    exponents = {name: read(path, Exponents) for name, path in zip(names, s.input.exponents, strict=True)}
    heads = {name: np.load(path, allow_pickle=False) for name, path in zip(names, s.input.heads, strict=True)}
    CROSS_CHECK.write(cross_check(heads, exponents, s.params.signs), s.output.csv)
