from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.config.settings import Experiment, Prediction
    from duality.page.content import Page, html
    from duality.page.gallery import pictures
    from duality.records.claims import LEDGER
    from duality.records.record import convert
    from duality.records.theory import DERIVATIONS, REGIMES
    from duality.table.documents import sheets
    from duality.table.numbers import read_rows
    from duality.theory.page import laws

    i, results = s.input, Path("results")
    experiments = convert(s.params.experiments, dict[str, Experiment], "experiments")
    predictions = convert(s.params.predictions, dict[str, Prediction], "predictions")
    titles = {name: experiment.title for name, experiment in experiments.items()}
    rows, failed = read_rows(experiments, i.equilibria, i.exponents, i.cross_check)
    tables = sheets(predictions, rows, failed, "text", 1 / (s.params.bootstrap + 1), s.params.level)
    shown = pictures(i.pictures, results / "figures", s.params.figures, titles)
    regimes = pd.concat(map(REGIMES.read, i.regimes), ignore_index=True)
    page = Page(
        tables, shown, LEDGER.read(i.ledger), regimes, DERIVATIONS.read(i.derivations), experiments, rows, failed,
        laws(), sorted({*map(Path, i)}), results,
    )  # fmt: skip
    Path(s.output.html).write_text(html(page), encoding="utf-8")
    Path(s.output.for_report).write_text(html(page.by_itself()), encoding="utf-8")
