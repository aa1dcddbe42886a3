from job import job

with job(snakemake) as s:
    from duality import records
    from duality.config.settings import JumpsSettings, MeasuredClass, WindowSettings
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.dataset.stream import Stream
    from duality.formulas.compose import compose
    from duality.jacobian.windows import WindowRules
    from duality.jumps.runs import Origin, scan, summary
    from duality.random_streams import generator

    p = s.params
    trajectory = records.Trajectory.read(s.input.trajectory)
    measured = records.convert(p.measured, dict[str, MeasuredClass], "")
    rules = WindowRules.of_classes(measured, classes_of(p.classes), records.convert(p.windows, WindowSettings, ""))
    origin = Origin(p.gamma, trajectory, records.read(s.input.equilibrium, records.Equilibrium), rules, p.mini_batch)
    model = Model(compose(**p.composition), densities(p.classes))
    stream, settings = Stream.read(s.input.x1, s.input.label), records.convert(p.settings, JumpsSettings, "jumps")
    random = generator(p.seed, "jumps", s.wildcards.experiment)
    distances, curves, exponents = scan(model, stream, origin, settings, random, print)
    records.JUMP_DISTANCES.write(distances, s.output.distances)
    records.JUMP_DISTRIBUTIONS.write(curves, s.output.distributions)
    records.JUMP_EXPONENTS.write(exponents, s.output.exponents)
    records.write(summary(distances, exponents, p.gamma), s.output.summary, records.Jumps)
