from job import job

with job(snakemake) as s:
    from duality.failures import ExperimentFailed
    from duality.figures.style import publish, publish_failure
    from duality.figures.traces import caption, trace
    from duality.records.record import read
    from duality.records.training import Equilibrium, Trajectory

    files = zip(s.params.titles.items(), s.input.trajectories, s.input.equilibria, strict=True)
    for (name, title), trajectory, equilibrium in files:
        try:
            found = read(equilibrium, Equilibrium)
            publish(trace(Trajectory.read(trajectory), found, title), caption(title, found), name, s.output)
        except ExperimentFailed as failed:
            publish_failure(f"{title} {failed}", name, s.output)
