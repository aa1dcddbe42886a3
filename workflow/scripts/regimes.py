from job import job

with job(snakemake) as s:
    from duality.formulas.compose import compose
    from duality.records.theory import REGIMES
    from duality.theory.regimes import regimes_table

    composition = {s.wildcards.experiment: compose(**s.params.composition)}
    REGIMES.write(regimes_table(composition, s.params.classes), s.output.csv)
