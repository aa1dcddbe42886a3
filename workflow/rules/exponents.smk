"""Exponents: k of p(q̇) ∝ q̇^(-k), of ẇ and ḃ too, from the Jacobian, the fluctuations, and corrected for the dataset."""


rule exponents:
    input:
        equilibrium=rules.training.output.equilibrium,
        windows=rules.jacobian.output.windows,
        regimes=rules.regimes.output.csv,
        histograms=[rules.fluctuations.output.seen_histogram, rules.fluctuations.output.unseen_histogram],
        counts=[rules.fluctuations.output.seen_counts, rules.fluctuations.output.unseen_counts],
        class_files=CLASS_FILES,
    output:
        exponents="results/exponents/{experiment}/exponents.json",
        rivals="results/exponents/{experiment}/rivals.csv",
        profile="results/exponents/{experiment}/profile.csv",
        sensitivity="results/exponents/{experiment}/sensitivity.csv",
        density="results/exponents/{experiment}/density.csv",
    log:
        "logs/exponents/{experiment}.log",
    benchmark:
        "benchmarks/exponents/{experiment}.tsv"
    conda:
        "../../envs/exponents.yaml"
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            gamma="experiments/{experiment}/training/gamma",
            measured="experiments/{experiment}/classes",
            classes="classes",
            seed="seed",
            windows=WINDOWS,
            fits="statistics/cells,bootstrap,sensitivity",
        ),
        code=code("exponents"),
    message:
        "Fitting the power laws of {wildcards.experiment} and testing the duality density"
    script:
        "../scripts/exponents.py"


rule cross_check:
    input:
        exponents=expand(rules.exponents.output.exponents, experiment=RESOLVED["experiments"]),
        heads=expand(rules.fluctuations.output.head, experiment=RESOLVED["experiments"]),
    output:
        csv="results/exponents/cross_check.csv",
    log:
        "logs/exponents/cross_check.log",
    benchmark:
        "benchmarks/exponents/cross_check.tsv"
    conda:
        "../../envs/exponents.yaml"
    params:
        **settings(signs="experiments/*/classes/*/sign"),
        code=code("cross_check"),
    message:
        "Fitting the raw power laws again with the package powerlaw"
    script:
        "../scripts/cross_check.py"
