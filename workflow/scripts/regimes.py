from job import job

with job(snakemake) as s:
    from duality.formulas.compose import compose
    from duality.theory.regimes import regimes_table

    composition = {s.wildcards.experiment: compose(**s.params.composition)}
    regimes_table(composition, s.params.classes).to_csv(s.output.csv, index=False)
