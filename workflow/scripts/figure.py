from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import pandas as pd

    from duality.conventions import SIGNS
    from duality.figures.paper import caption, curves, figure, title
    from duality.figures.style import save

    paths = [str(path) for path in (s.input.equilibrium, s.input.windows, s.input.exponents)]
    equilibrium, windows, exponents = (json.loads(Path(path).read_text(encoding="utf-8")) for path in paths)
    shown, name = s.params.shown, s.params.shown["class"]
    tables = [pd.read_csv(str(path)) for path in (s.input.jacobian, s.input.density)]
    jacobian, density = (table[table["class"] == name] for table in tables)
    measured, p_value = exponents[name]["q_dot"]["paper"], exponents[name]["goodness_of_fit"]["p_value"]
    table = curves(jacobian, density, windows[name]["q_dot"]["paper"], measured, SIGNS[shown["sign"]])
    table.to_csv(s.output.curves, index=False)
    save(figure(table, title(shown)), s.output.pictures)
    text = caption(s.wildcards.figure, shown, equilibrium, measured, p_value)
    Path(s.output.caption).write_text(text, encoding="utf-8")
