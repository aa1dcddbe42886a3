"""Table: the paper's table (Sec. 10) with measured values beside the predicted ones, and the config that made it."""


rule table:
    input:
        equilibria=expand(rules.training.output.equilibrium, experiment=RESOLVED["experiments"]),
        exponents=expand(rules.exponents.output.exponents, experiment=RESOLVED["experiments"]),
        cross_check=rules.cross_check.output.csv,
    output:
        csv="results/table/table.csv",
        exponents="results/table/exponents.csv",
        md="results/table/table.md",
        tex="results/table/table.tex",
        txt="results/table/table.txt",
    log:
        "logs/table.log",
    benchmark:
        "benchmarks/table.tsv"
    conda:
        "../../envs/table.yaml"
    params:
        **settings(
            experiments="experiments",
            predictions="predictions",
            bootstrap="statistics/bootstrap",
            level="claims/significance",
        ),
        code=code("table"),
    message:
        "Writing the summary table"
    script:
        "../scripts/table.py"


rule resolved_config:
    output:
        yaml="results/config.yaml",
    log:
        "logs/config.log",
    localrule: True
    conda:
        "../../envs/table.yaml"
    params:
        **settings(content="config"),
        code=code("resolved_config"),
    message:
        "Writing the config as it was used, overlays included"
    script:
        "../scripts/resolved_config.py"
