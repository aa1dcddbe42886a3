from job import job

with job(snakemake) as s:
    from duality.figures.style import publish
    from duality.figures.traces import caption, trace
    from duality.records import Equilibrium, Trajectory, read

    files = zip(s.params.titles.items(), s.input.trajectories, s.input.equilibria, strict=True)
    for (name, title), trajectory, equilibrium in files:
        found = read(equilibrium, Equilibrium)
        figure = trace(Trajectory.read(trajectory), found, title)
        publish(figure, caption(title, found), name, s.output)
