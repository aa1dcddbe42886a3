from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import numpy as np

    from duality.fits.cross_check import cross_check

    names = list(s.params.signs)
    texts = [Path(path).read_text(encoding="utf-8") for path in s.input.exponents]
    exponents = dict(zip(names, map(json.loads, texts), strict=True))
    heads = dict(zip(names, map(np.load, s.input.heads), strict=True))
    cross_check(heads, exponents, s.params.signs).to_csv(s.output.csv, index=False)
