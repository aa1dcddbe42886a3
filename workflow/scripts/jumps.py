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
    windows = {name: of["q_dot"] for name, of in records.read(s.input.windows, records.Windows).items()}
    origin = Origin(p.gamma, trajectory, records.read(s.input.equilibrium, records.Equilibrium), windows)
    model = Model(compose(**p.composition), densities(p.classes))
    stream, settings = Stream.read(s.input.x1, s.input.label), records.convert(p.settings, JumpsSettings, "jumps")
    random = generator(p.seed, "jumps", s.wildcards.experiment)
    distances, curves, exponents = scan(model, stream, origin, settings, random, print)
    records.JUMP_DISTANCES.write(distances, s.output.distances)
    records.JUMP_DISTRIBUTIONS.write(curves, s.output.distributions)
    records.JUMP_EXPONENTS.write(exponents, s.output.exponents)
    records.write(summary(distances, exponents, p.gamma), s.output.summary, records.Jumps)
