from job import job

with job(snakemake) as s:
    from functools import partial

    from duality.config.settings import FitSettings, MeasuredClass, WindowSettings
    from duality.dataset.density import densities
    from duality.errors import naming
    from duality.exponents.measurement import Evidence, measure_class
    from duality.exponents.sensitivity import sensitivity
    from duality.formulas.compose import compose
    from duality.jacobian.duality import dualities
    from duality.jacobian.windows import WindowRules
    from duality.random_streams import generator
    from duality.records.exponents import OF_CLASSES, Exponents
    from duality.records.record import convert, read, write
    from duality.records.training import Equilibrium

    p, equilibrium, results, tables = s.params, read(s.input.equilibrium, Equilibrium), {}, {}
    maps = dualities(compose(**p.composition), densities(p.classes), equilibrium.frozen(p.gamma))
    seen, unseen = zip(s.input.histograms, s.input.counts, strict=True)
    evidence = Evidence.read(equilibrium, s.input.windows, s.input.regimes, seen, unseen)
    reading, tests = convert(p.windows, WindowSettings, ""), convert(p.fits, FitSettings, "")
    for name, chosen in convert(p.measured, dict[str, MeasuredClass], "").items():
        rules = WindowRules.of(chosen, p.classes[name]["x2"], reading)
        random = partial(generator, p.seed, "exponents", s.wildcards.experiment, name)
        with naming(f"experiments.{s.wildcards.experiment}.classes.{name}"):
            results[name], tables[name] = measure_class(maps[name], rules, evidence[name], tests, random)
            tables[name]["sensitivity"] = sensitivity(maps[name], rules.rule, tests.sensitivity, evidence[name])
    write(results, s.output.exponents, Exponents)
    for part, table in OF_CLASSES.items():
        table.write_classes({c: of[part] for c, of in tables.items()}, s.output[part])
