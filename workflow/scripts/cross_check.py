from job import job

with job(snakemake) as s:
    from duality.fits.cross_check import cross_check
    from duality.records import CROSS_CHECK, Exponents, Head, read

    names = list(s.params.signs)
    exponents = {name: read(path, Exponents) for name, path in zip(names, s.input.exponents, strict=True)}
    heads = {name: Head.read(path, s.params.signs[name]) for name, path in zip(names, s.input.heads, strict=True)}
    CROSS_CHECK.write(cross_check(heads, exponents, s.params.signs), s.output.csv)
