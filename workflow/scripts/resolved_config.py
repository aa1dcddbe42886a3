from job import job

with job(snakemake) as s:
    import yaml

    with open(s.output.yaml, "w", encoding="utf-8") as file:
        yaml.safe_dump(s.params.content, file, sort_keys=False, allow_unicode=True, width=120)
