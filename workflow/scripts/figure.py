from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import pandas as pd

    from duality.conventions import SIGNS
    from duality.drawing import save
    from duality.figures import caption, curves, figure, title

    paths = [str(path) for path in (s.input.equilibrium, s.input.windows, s.input.exponents)]
    equilibrium, windows, exponents = (json.loads(Path(path).read_text(encoding="utf-8")) for path in paths)
    shown, name = s.params.shown, s.params.shown["class"]
    tables = [pd.read_csv(str(path)) for path in (s.input.jacobian, s.input.density)]
    jacobian, density = (table[table["class"] == name] for table in tables)
    table = curves(jacobian, density, windows[name]["paper"], exponents[name], SIGNS[shown["sign"]])
    table.to_csv(s.output.curves, index=False)
    save(figure(table, title(shown)), s.output.pictures)
    text = caption(s.wildcards.figure, shown, equilibrium, exponents[name])
    Path(s.output.caption).write_text(text, encoding="utf-8")
