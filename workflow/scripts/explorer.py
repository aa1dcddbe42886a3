from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import Experiment
    from duality.dataset.density import densities
    from duality.explorer.content import content
    from duality.explorer.page import page
    from duality.records.record import complete_and_failed, convert, read
    from duality.records.theory import REGIMES
    from duality.records.training import Equilibrium

    p = s.params
    experiments = convert(p.experiments, dict[str, Experiment], "experiments")
    equilibria, failed = complete_and_failed(lambda path: read(path, Equilibrium), experiments, s.input.equilibria)
    regimes = dict(zip(experiments, map(REGIMES.read, s.input.regimes), strict=True))
    labels = [one["x2"] for one in p.classes.values()]
    of_config, found = (p.activations, p.losses, experiments), (densities(p.classes), equilibria, failed, regimes)
    shown = content(*of_config, *found, labels, p.cap, p.tolerance)
    Path(s.output.html).write_text(page(shown), encoding="utf-8")
