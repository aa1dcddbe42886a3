from job import job

with job(snakemake) as s:
    import json
    from pathlib import Path

    from duality.provenance.manifest import manifest

    Path(s.output.json).write_text(json.dumps(manifest(s.input), indent=1) + "\n", encoding="utf-8")
