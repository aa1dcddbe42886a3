from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.config.settings import Experiment, Prediction
    from duality.page.content import Page, html, named_parts
    from duality.page.gallery import pictures
    from duality.records import DERIVATIONS, LEDGER, REGIMES, convert
    from duality.table.documents import sheets
    from duality.table.numbers import read_rows, titles
    from duality.theory.page import laws

    i, results = s.input, Path("results")
    experiments = convert(s.params.experiments, dict[str, Experiment], "experiments")
    predictions = convert(s.params.predictions, dict[str, Prediction], "predictions")
    rows, failed = read_rows(experiments, i.equilibria, i.exponents, i.cross_check)
    tables = sheets(predictions, rows, failed, "text", 1 / (s.params.bootstrap + 1))
    shown = pictures(i.pictures, results / "figures", s.params.figures, titles(experiments))
    regimes = pd.concat(map(REGIMES.read, i.regimes), ignore_index=True)
    page = Page(
        tables, shown, LEDGER.read(i.ledger), regimes, DERIVATIONS.read(i.derivations), experiments, rows, failed,
        laws(), sorted({*map(Path, i)}), results,
    )  # fmt: skip
    parts = named_parts(Path(s.scriptdir).resolve().parents[1] / "workflow/page")
    Path(s.output.html).write_text(html(page, parts), encoding="utf-8")
