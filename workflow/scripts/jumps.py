from job import job

with job(snakemake) as s:
    from duality import records
    from duality.config.settings import JumpsSettings
    from duality.dataset.density import densities
    from duality.dataset.model import Model
    from duality.dataset.stream import Stream
    from duality.formulas.compose import compose
    from duality.jumps.runs import Origin, scan, summary
    from duality.random_streams import generator

    p = s.params
    trajectory = records.Trajectory.read(s.input.trajectory)
    origin = Origin(p.gamma, trajectory, records.read(s.input.equilibrium, records.Equilibrium))
    model = Model(compose(**p.composition), densities(p.classes))
    stream, settings = Stream.read(s.input.x1, s.input.label), records.convert(p.settings, JumpsSettings, "jumps")
    random = generator(p.seed, "jumps", s.wildcards.experiment)
    distances, curves = scan(model, stream, origin, settings, random, print)
    records.JUMP_DISTANCES.write(distances, s.output.distances)
    records.JUMP_DISTRIBUTIONS.write(curves, s.output.distributions)
    records.write(summary(distances, p.gamma), s.output.summary, records.Jumps)
