from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import numpy as np

    from duality.cross_check import cross_check

    names = list(s.params.experiments)
    texts = [Path(path).read_text(encoding="utf-8") for path in s.input.exponents]
    exponents = dict(zip(names, map(json.loads, texts), strict=True))
    heads = dict(zip(names, map(np.load, s.input.heads), strict=True))
    signs = {name: {c: m["sign"] for c, m in s.params.experiments[name]["classes"].items()} for name in names}
    cross_check(heads, exponents, signs).to_csv(s.output.csv, index=False)
