from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.jumps import caption, figure
    from duality.figures.style import save
    from duality.records import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, Jumps, read

    names = s.params.experiments
    distances = dict(zip(names, map(JUMP_DISTANCES.read, s.input.distances), strict=True))
    distributions = dict(zip(names, map(JUMP_DISTRIBUTIONS.read, s.input.distributions), strict=True))
    summaries = dict(zip(names, (read(path, Jumps) for path in s.input.summaries), strict=True))
    save(figure(distances, distributions, summaries), s.output.pictures)
    Path(s.output.caption).write_text(caption(summaries, s.params.significance), encoding="utf-8")
