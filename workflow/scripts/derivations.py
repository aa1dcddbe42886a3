from job import job

with job(snakemake) as s:
    from duality.derivations.sections import SECTIONS, collect

    collect(SECTIONS).to_csv(s.output.csv, index=False)
