from job import job

with job(snakemake) as s:
    from duality.config.settings import Shown
    from duality.conventions import PAPER, SIGNS
    from duality.failures import ExperimentFailed
    from duality.figures.curves import curves
    from duality.figures.overview import overview
    from duality.figures.paper import figure
    from duality.figures.paper_captions import caption, caption_of_all
    from duality.figures.style import publish, publish_failure
    from duality.records import CURVES, DENSITY, MAP, Equilibrium, Exponents, Windows, convert, read

    shown = convert(s.params.shown, dict[str, Shown], "figures")
    experiments = list(dict.fromkeys(of.experiment for of in shown.values()))
    inputs = (s.input.equilibria, s.input.jacobians, s.input.windows, s.input.exponents, s.input.densities)
    made_of, tables = dict(zip(experiments, zip(*inputs, strict=True), strict=True)), {}
    for (name, of), path in zip(shown.items(), s.output.curves, strict=True):
        equilibrium, jacobian, windows, exponents, density = made_of[of.experiment]
        try:
            of_class = [table[table["class"] == of.class_name] for table in (MAP.read(jacobian), DENSITY.read(density))]
            window = read(windows, Windows)[of.class_name]["q_dot"].windows[PAPER]
            measured = read(exponents, Exponents)[of.class_name]
            tables[name] = curves(*of_class, window, measured, SIGNS[of.sign], of.predicted)
            text = caption(name, of, read(equilibrium, Equilibrium), measured, tables[name])
        except ExperimentFailed as failed:
            publish_failure(f"{of.title} {failed}", name, s.output)
            continue
        CURVES.write(tables[name], path)
        publish(figure(tables[name], of.title), text, name, s.output)
    if shown and not tables:
        raise ExperimentFailed("no experiment that a figure shows is complete", told=True)
    titles = {name: shown[name].title for name in tables}
    publish(overview(tables, titles), caption_of_all(titles), "overview", s.output)
