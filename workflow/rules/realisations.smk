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
        composition=lookup(dpath="experiments/{experiment}/composition", within=RESOLVED),
        training=lookup(dpath="experiments/{experiment}/training", within=RESOLVED),
        measured=lookup(dpath="experiments/{experiment}/classes", within=RESOLVED),
        classes=RESOLVED["classes"],
        dataset=RESOLVED["dataset"],
        windows=WINDOWS,
        seed=RESOLVED["seed"],
        code=code("realisation"),
    message:
        "Drawing, training and estimating {wildcards.experiment} once more, realisation {wildcards.realisation}"
    script:
        "../scripts/realisation.py"
