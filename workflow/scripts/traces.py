from job import job

with job(snakemake) as s:
    from duality.failures import ExperimentFailed
    from duality.figures.style import notice, save
    from duality.figures.traces import trace
    from duality.records import Equilibrium, Trajectory, read

    formats = len(s.output.pictures) // len(s.params.experiments)
    for number, experiment in enumerate(s.params.experiments):
        try:
            equilibrium = read(s.input.equilibria[number], Equilibrium)
            figure = trace(Trajectory.read(s.input.trajectories[number]), equilibrium, experiment)
        except ExperimentFailed as failed:
            figure = notice(f"{experiment} {failed}")
        save(figure, s.output.pictures[number * formats : (number + 1) * formats])
