from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import pandas as pd

    from duality.figures.local_exponents import CAPTION, local_exponents
    from duality.figures.style import save

    names = list(s.params.measured)
    curves = dict(zip(names, map(pd.read_csv, s.input.curves), strict=True))
    texts = [Path(path).read_text(encoding="utf-8") for path in s.input.windows]
    windows = dict(zip(names, map(json.loads, texts), strict=True))
    save(local_exponents(curves, windows, s.params.measured), s.output.pictures)
    Path(s.output.caption).write_text(CAPTION, encoding="utf-8")
