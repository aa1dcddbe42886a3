from job import job

with job(snakemake) as s:
    import json

    import numpy as np
    from duality.cross_check import cross_check

    names = list(s.params.experiments)
    exponents = {name: json.loads(open(path, encoding="utf-8").read()) for name, path in zip(names, s.input.exponents)}
    heads = {name: np.load(path) for name, path in zip(names, s.input.heads)}
    signs = {name: {c: m["sign"] for c, m in s.params.experiments[name]["classes"].items()} for name in names}
    cross_check(heads, exponents, signs).to_csv(s.output[0], index=False)
