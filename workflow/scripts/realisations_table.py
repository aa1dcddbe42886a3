from job import job

with job(snakemake) as s:
    from pathlib import Path

    import pandas as pd

    from duality.realisations.documents import DOCUMENTS
    from duality.realisations.spread import compare, summary
    from duality.records.realisations import REALISATION, REALISATIONS

    estimates = pd.concat([REALISATION.read(path) for path in s.input], ignore_index=True)
    REALISATION.write(estimates, s.output.estimates)
    table = compare(estimates)
    REALISATIONS.write(table, s.output.csv)
    for ending, document in DOCUMENTS.items():
        Path(s.output[ending]).write_text(document(table, summary(table, estimates)), encoding="utf-8")
