from job import job

with job(snakemake) as s:
    from duality.config.settings import MeasuredClass, WindowSettings
    from duality.dataset.density import densities
    from duality.errors import naming
    from duality.formulas.compose import compose
    from duality.jacobian.duality import dualities, tabulate
    from duality.jacobian.windows import WindowRule, find_windows
    from duality.records.jacobian import MAP, Windows
    from duality.records.record import convert, read, write
    from duality.records.training import Equilibrium

    p, key = s.params, f"experiments.{s.wildcards.experiment}.classes"
    frozen = read(s.input.equilibrium, Equilibrium).frozen(p.gamma)
    settings = convert(p.windows, WindowSettings, "statistics")
    maps, windows = dualities(compose(**p.composition), densities(p.classes), frozen), {}
    for name, chosen in convert(p.measured, dict[str, MeasuredClass], key).items():
        rule = WindowRule.of(chosen, p.classes[name]["x2"], settings)
        with naming(f"{key}.{name}"):
            windows[name] = find_windows(maps[name], rule, chosen, settings.tolerance)
    curves = {name: tabulate(duality, settings.tail, settings.grid) for name, duality in maps.items()}
    MAP.write_classes(curves, s.output.curves)
    write(windows, s.output.windows, Windows)
