from job import job

with job(snakemake) as s:
    from functools import partial

    from duality import records
    from duality.config.settings import FitSettings, MeasuredClass, WindowSettings
    from duality.dataset.density import densities
    from duality.errors import naming
    from duality.exponents.measurement import Evidence, measure_class
    from duality.formulas.compose import compose
    from duality.jacobian.duality import dualities
    from duality.jacobian.windows import WindowRules
    from duality.random_streams import generator

    p, equilibrium = s.params, records.read(s.input.equilibrium, records.Equilibrium)
    maps = dualities(compose(**p.composition), densities(p.classes), equilibrium.frozen(p.gamma))
    shards = list(zip(s.input.histograms, s.input.counts, strict=True))
    evidence = Evidence.read(equilibrium, s.input.windows, s.input.regimes, shards, p.training_shards)
    reading, tests = records.convert(p.windows, WindowSettings, ""), records.convert(p.fits, FitSettings, "")
    key, results = f"experiments.{s.wildcards.experiment}.classes", {}
    for name, chosen in records.convert(p.measured, dict[str, MeasuredClass], key).items():
        rules = WindowRules.of(chosen, p.classes[name]["x2"], reading)
        random = partial(generator, p.seed, "exponents", s.wildcards.experiment, name)
        with naming(f"{key}.{name}"):
            results[name] = measure_class(maps[name], rules, evidence[name], tests, random)
    records.write({name: found.measurements for name, found in results.items()}, s.output.exponents, records.Exponents)
    for part in ("rivals", "profile", "sensitivity", "density"):
        tables = {name: getattr(found, part) for name, found in results.items()}
        getattr(records, part.upper()).write_classes(tables, s.output[part])
