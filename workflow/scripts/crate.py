from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    from duality.provenance.crate import crate, date_published, read_citation
    from duality.provenance.sealed_run import read_sealed_run
    from duality.provenance.statement import statement

    repository = Path(s.scriptdir).resolve().parents[1]
    files = dict(zip(s.params.files, s.output.workflow, strict=True))
    for name, copy in files.items():
        Path(copy).write_bytes((repository / name).read_bytes())
    citation = read_citation(files["CITATION.cff"])
    published = date_published(s.params.epoch, citation)
    run = read_sealed_run(s.input.manifest, files)
    told = json.dumps(statement(run, s.input.targets, s.params.engine), indent=1, sort_keys=True)
    Path(s.output.statement).write_text(f"{told}\n", encoding="utf-8")
    beside = {"manifest.intoto.json": s.output.statement}
    made = crate(
        run, files, beside, targets=s.input.targets, citation=citation, published=published, engine=s.params.engine
    )
    Path(s.output.crate).write_text(made, encoding="utf-8")
