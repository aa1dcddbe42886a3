from job import job

with job(snakemake) as s:
    from duality.composition import compose
    from duality.regimes import regimes_table

    compositions = {name: compose(**composition) for name, composition in s.params.compositions.items()}
    regimes_table(compositions, s.params.classes).to_csv(s.output.csv, index=False)
