from job import job

with job(snakemake) as s:
    from duality.config.settings import Shown
    from duality.conventions import PAPER, SIGNS
    from duality.figures.curves import curves
    from duality.figures.paper import figure
    from duality.figures.paper_captions import caption
    from duality.figures.style import publish
    from duality.records.exponents import DENSITY, Exponents
    from duality.records.figures import CURVES
    from duality.records.jacobian import MAP, Windows
    from duality.records.record import convert, read
    from duality.records.training import Equilibrium

    shown = convert(s.params.shown, Shown, f"figures.{s.wildcards.figure}")
    name, maps, densities = shown.class_name, MAP.read(*s.input.jacobian), DENSITY.read(*s.input.density)
    window = read(*s.input.windows, Windows)[name]["q_dot"].windows[PAPER]
    measured = read(*s.input.exponents, Exponents)[name]
    of_class = [table[table["class"] == name] for table in (maps, densities)]
    table = curves(*of_class, window, measured, SIGNS[shown.sign], shown.predicted)
    CURVES.write(table, s.output.curves)
    text = caption(s.wildcards.figure, shown, read(*s.input.equilibrium, Equilibrium), measured, table)
    publish(figure(table, shown.title), text, s.wildcards.figure, s.output)
