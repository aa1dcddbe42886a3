from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.figures.jumps import caption, figure
    from duality.figures.style import save
    from duality.records import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, Jumps, complete, read

    names = s.params.experiments
    distances = complete(JUMP_DISTANCES.read, names, s.input.distances)
    distributions = complete(JUMP_DISTRIBUTIONS.read, names, s.input.distributions)
    summaries = complete(lambda path: read(path, Jumps), names, s.input.summaries)
    save(figure(distances, distributions, summaries), s.output.pictures)
    Path(s.output.caption).write_text(caption(summaries, s.params.significance), encoding="utf-8")
