from job import job

with job(snakemake) as s:
    from duality.config.settings import JumpsSettings, MeasuredClass, WindowSettings
    from duality.dataset.density import classes_of, densities
    from duality.dataset.model import Model
    from duality.dataset.stream import Stream
    from duality.formulas.compose import compose
    from duality.jacobian.windows import WindowRules
    from duality.jumps.runs import Origin, scan, summary
    from duality.random_streams import generator
    from duality.records.jumps import JUMP_DISTANCES, JUMP_DISTRIBUTIONS, JUMP_EXPONENTS, Jumps
    from duality.records.record import convert, read, write
    from duality.records.training import Equilibrium, Trajectory

    p = s.params
    trajectory = Trajectory.read(s.input.trajectory)
    measured = convert(p.measured, dict[str, MeasuredClass], "")
    rules = WindowRules.of_classes(measured, classes_of(p.classes), convert(p.windows, WindowSettings, ""))
    origin = Origin(p.gamma, trajectory, read(s.input.equilibrium, Equilibrium), rules, p.mini_batch)
    model = Model(compose(**p.composition), densities(p.classes))
    stream, settings = Stream.read(s.input.x1, s.input.label), convert(p.settings, JumpsSettings, "jumps")
    random = generator(p.seed, "jumps", s.wildcards.experiment)
    distances, curves, exponents, _ = scan(model, stream, origin, settings, random, print)
    JUMP_DISTANCES.write(distances, s.output.distances)
    JUMP_DISTRIBUTIONS.write(curves, s.output.distributions)
    JUMP_EXPONENTS.write(exponents, s.output.exponents)
    write(summary(distances, exponents, p.gamma), s.output.summary, Jumps)
