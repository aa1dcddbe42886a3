from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import Experiment
    from duality.dataset.density import densities
    from duality.explorer.content import content
    from duality.explorer.page import page
    from duality.records import REGIMES, Equilibrium, convert, read

    p = s.params
    experiments = convert(p.experiments, dict[str, Experiment], "experiments")
    equilibria = dict(zip(experiments, (read(path, Equilibrium) for path in s.input.equilibria), strict=True))
    regimes = dict(zip(experiments, map(REGIMES.read, s.input.regimes), strict=True))
    labels = [one["x2"] for one in p.classes.values()]
    shown = content(
        p.activations, p.losses, experiments, densities(p.classes), equilibria, regimes, labels, p.cap, p.tolerance
    )
    Path(s.output.html).write_text(page(shown), encoding="utf-8")
