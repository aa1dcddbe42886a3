from job import job

with job(snakemake) as s:
    from duality.figures.jumps import caption, figure
    from duality.figures.style import publish
    from duality.records.jumps import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, Jumps
    from duality.records.record import complete, read

    names = s.params.titles.values()
    distances = complete(JUMP_DISTANCES.read, names, s.input.distances)
    distributions = complete(JUMP_DISTRIBUTIONS.read, names, s.input.distributions)
    summaries = complete(lambda path: read(path, Jumps), names, s.input.summaries)
    publish(figure(distances, distributions, summaries), caption(summaries, s.params.significance), "jumps", s.output)
