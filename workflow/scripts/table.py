from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import Experiment, Prediction
    from duality.records import CROSS_CHECK, Equilibrium, Exponents, complete_and_failed, convert, read
    from duality.table.documents import DOCUMENTS, terminal
    from duality.table.numbers import class_rows, exponent_rows, exponents, failed_rows, measurements

    experiments = convert(s.params.experiments, dict[str, Experiment], "experiments")
    predictions = convert(s.params.predictions, dict[str, Prediction], "predictions")
    equilibria, why = complete_and_failed(lambda path: read(path, Equilibrium), experiments, s.input.equilibria)
    measured, _ = complete_and_failed(lambda path: read(path, Exponents), experiments, s.input.exponents)
    of_complete = {name: experiments[name] for name in equilibria}
    rows = class_rows(of_complete, equilibria, measured, CROSS_CHECK.read(s.input.cross_check))
    failed = failed_rows(experiments, why)
    measurements(rows, failed).to_csv(s.output.csv, index=False)
    exponents(exponent_rows(rows)).to_csv(s.output.exponents, index=False)
    for ending, document in DOCUMENTS.items():
        Path(s.output[ending]).write_text(document(predictions, rows, failed), encoding="utf-8")
    Path(s.output.txt).write_text(terminal(rows, failed), encoding="utf-8")
