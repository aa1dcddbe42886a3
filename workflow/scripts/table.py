from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    import pandas as pd

    from duality.table import documents as table

    def read(paths):
        texts = [Path(path).read_text(encoding="utf-8") for path in paths]
        return dict(zip(s.params.experiments, map(json.loads, texts), strict=True))

    experiments = s.params.experiments
    numbers = table.measurements(
        experiments, read(s.input.equilibria), read(s.input.exponents), pd.read_csv(s.input.cross_check)
    )
    rows = table.all_exponents(experiments, read(s.input.exponents))
    numbers.to_csv(s.output.csv, index=False)
    rows.to_csv(s.output.exponents, index=False)
    documents = {"md": (table.markdown, "P"), "tex": (table.latex, "L"), "html": (table.html, "P")}
    for ending, (document, form) in documents.items():
        paper = table.paper_table(s.params.predictions, experiments, rows, form)
        text = document(paper, table.presented(numbers, form), table.presented_exponents(rows, form))
        Path(s.output[ending]).write_text(text, encoding="utf-8")
    Path(s.output.txt).write_text(table.terminal(numbers), encoding="utf-8")
