from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import pandas as pd

    from duality.figures.jumps import caption, figure
    from duality.figures.style import save

    names = s.params.experiments
    distances = dict(zip(names, map(pd.read_csv, s.input.distances), strict=True))
    distributions = dict(zip(names, map(pd.read_csv, s.input.distributions), strict=True))
    texts = [Path(path).read_text(encoding="utf-8") for path in s.input.summaries]
    summaries = dict(zip(names, map(json.loads, texts), strict=True))
    save(figure(distances, distributions, summaries), s.output.pictures)
    Path(s.output.caption).write_text(caption(summaries), encoding="utf-8")
