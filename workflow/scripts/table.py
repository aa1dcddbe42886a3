from job import job

with job(snakemake) as s:
    from pathlib import Path

    from duality.config.settings import Experiment, Prediction
    from duality.records.record import convert
    from duality.table.documents import DOCUMENTS, terminal
    from duality.table.numbers import exponent_rows, exponents, measurements, read_rows

    experiments = convert(s.params.experiments, dict[str, Experiment], "experiments")
    predictions = convert(s.params.predictions, dict[str, Prediction], "predictions")
    rows, failed = read_rows(experiments, s.input.equilibria, s.input.exponents, s.input.cross_check)
    measurements(rows, failed).to_csv(s.output.csv, index=False)
    exponents(exponent_rows(rows)).to_csv(s.output.exponents, index=False)
    for ending, document in DOCUMENTS.items():
        text = document(predictions, rows, failed, 1 / (s.params.bootstrap + 1), s.params.level)
        Path(s.output[ending]).write_text(text, encoding="utf-8")
    Path(s.output.txt).write_text(terminal(rows, failed), encoding="utf-8")
