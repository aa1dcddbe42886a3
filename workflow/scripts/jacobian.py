from job import job

with job(snakemake) as s:
    import json

    import pandas as pd

    from duality.errors import naming
    from duality.formulas.composition import compose
    from duality.jacobian.duality import dualities, tabulate
    from duality.jacobian.windows import find_windows

    with open(s.input.equilibrium, encoding="utf-8") as file:
        parameters = json.load(file)
    p = s.params
    maps = dualities(compose(**p.composition), p.classes, parameters["w"], parameters["b"], p.gamma)
    curves = {name: tabulate(duality, p.tail, p.grid) for name, duality in maps.items()}
    windows = {}
    for name, measured in p.measured.items():
        with naming(f"experiments.{s.wildcards.experiment}.classes.{name}"):
            found = find_windows(maps[name], measured, p.classes[name]["x2"], p.much_less_than, p.tolerance, p.tail)
        windows[name] = found
    pd.concat(curves, names=["class", "row"]).droplevel("row").to_csv(s.output.curves)
    with open(s.output.windows, "w", encoding="utf-8") as file:
        json.dump(windows, file, indent=2)
