from job import job

with job(snakemake) as s:
    from duality.fits.cross_check import cross_check
    from duality.records.exponents import CROSS_CHECK, Exponents
    from duality.records.fluctuations import Head
    from duality.records.record import complete_and_failed, read

    signs = s.params.signs
    exponents, _ = complete_and_failed(lambda path: read(path, Exponents), signs, s.input.exponents)
    heads, _ = complete_and_failed(Head.read, signs, s.input.heads, signs.values())
    CROSS_CHECK.write(cross_check(heads, exponents, signs), s.output.csv)
