from job import job

with job(snakemake) as s:
    from duality.figures.jumps import caption, figure
    from duality.figures.style import publish
    from duality.records import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, Jumps, read

    names = s.params.titles.values()
    distances = dict(zip(names, map(JUMP_DISTANCES.read, s.input.distances), strict=True))
    distributions = dict(zip(names, map(JUMP_DISTRIBUTIONS.read, s.input.distributions), strict=True))
    summaries = dict(zip(names, (read(path, Jumps) for path in s.input.summaries), strict=True))
    publish(figure(distances, distributions, summaries), caption(summaries, s.params.significance), "jumps", s.output)
