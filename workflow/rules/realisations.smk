"""Realisations: every estimate again and again, on samples and trainings of their own, against its printed error."""


wildcard_constraints:
    realisation=r"\d+",


rule realisation:
    input:
        class_files=CLASS_FILES,
    output:
        csv="results/realisations/{experiment}/{realisation}.csv",
    log:
        "logs/realisations/{experiment}/{realisation}.log",
    benchmark:
        "benchmarks/realisations/{experiment}/{realisation}.tsv"
    conda:
        "../../envs/realisations.yaml"
    resources:
        runtime=60,
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            training="experiments/{experiment}/training",
            measured="experiments/{experiment}/classes",
            classes="classes",
            dataset="dataset",
            windows=WINDOWS,
            jumps="jumps/replicas,relaxation_times,samples",
            seed="seed",
        ),
        code=code("realisation"),
    message:
        "Drawing, training and estimating {wildcards.experiment} once more, realisation {wildcards.realisation}"
    script:
        "../scripts/realisation.py"


rule realisations_table:
    input:
        expand(
            rules.realisation.output.csv,
            experiment=RESOLVED["experiments"],
            realisation=range(RESOLVED["realisations"]["number"]),
        ),
    output:
        estimates="results/realisations/estimates.csv",
        csv="results/realisations/realisations.csv",
        md="results/realisations/realisations.md",
        html=report(
            "results/realisations/realisations.html",
            caption="../report/realisations.rst",
            category="Realisations",
            labels={"page": "realisations"},
        ),
    log:
        "logs/realisations.log",
    benchmark:
        "benchmarks/realisations.tsv"
    conda:
        "../../envs/realisations.yaml"
    params:
        code=code("realisations_table"),
    message:
        "Comparing the spread over realisations with the printed errors"
    script:
        "../scripts/realisations_table.py"


rule realisations:
    input:
        rules.realisations_table.output,
        rules.realisations_figure.output,
    message:
        "The comparison is results/realisations/realisations.md, its figure is in results/figures"
