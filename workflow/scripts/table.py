from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import Experiment, Prediction
    from duality.records import CROSS_CHECK, Equilibrium, Exponents, convert, read
    from duality.table.documents import DOCUMENTS, terminal
    from duality.table.numbers import class_rows, exponent_rows, exponents, measurements

    experiments = convert(s.params.experiments, dict[str, Experiment], "experiments")
    predictions = convert(s.params.predictions, dict[str, Prediction], "predictions")
    equilibria = {name: read(path, Equilibrium) for name, path in zip(experiments, s.input.equilibria, strict=True)}
    measured = {name: read(path, Exponents) for name, path in zip(experiments, s.input.exponents, strict=True)}
    rows = class_rows(experiments, equilibria, measured, CROSS_CHECK.read(s.input.cross_check))
    measurements(rows).to_csv(s.output.csv, index=False)
    exponents(exponent_rows(rows)).to_csv(s.output.exponents, index=False)
    for ending, document in DOCUMENTS.items():
        Path(s.output[ending]).write_text(document(predictions, rows, 1 / (s.params.bootstrap + 1)), encoding="utf-8")
    Path(s.output.txt).write_text(terminal(rows), encoding="utf-8")
