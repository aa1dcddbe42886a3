from job import job

with job(snakemake) as s:
    import json

    import pandas as pd
    from duality.conventions import SIGNS
    from duality.drawing import save
    from duality.figures import caption, curves, figure, title

    equilibrium, windows, exponents = (
        json.loads(open(path, encoding="utf-8").read())
        for path in (s.input.equilibrium, s.input.windows, s.input.exponents)
    )
    name, sign, names = s.params.class_name, s.params.sign, (s.params.activation, s.params.loss)
    jacobian, density = (
        table[table["class"] == name] for table in map(pd.read_csv, (s.input.jacobian, s.input.density))
    )
    table = curves(jacobian, density, windows[name]["paper"], exponents[name], SIGNS[sign])
    table.to_csv(s.output.curves, index=False)
    save(figure(table, title(sign, name, *names)), s.output.pictures)
    with open(s.output.caption, "w", encoding="utf-8") as file:
        file.write(caption(s.wildcards.figure, sign, name, *names, equilibrium, exponents[name], s.params.k_q))
