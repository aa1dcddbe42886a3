"""Theory: the asymptotic regimes of every composition and their exponents, and the paper's derivations, checked."""


rule regimes:
    output:
        csv="results/theory/regimes/{experiment}.csv",
    log:
        "logs/theory/regimes/{experiment}.log",
    benchmark:
        "benchmarks/theory/regimes/{experiment}.tsv"
    conda:
        "../../envs/theory.yaml"
    resources:
        runtime=2,  # of formulas that go beyond what they can do SymPy and mpmath do not say so
    params:
        **settings(composition="experiments/{experiment}/composition", classes="classes/*"),
        code=code("regimes"),
    message:
        "Deriving the regimes of {wildcards.experiment} and their exponents"
    script:
        "../scripts/regimes.py"


rule derivations:
    output:
        csv="results/theory/derivations.csv",
    log:
        "logs/theory/derivations.log",
    benchmark:
        "benchmarks/theory/derivations.tsv"
    conda:
        "../../envs/theory.yaml"
    params:
        code=code("derivations"),
    message:
        "Proving or refuting the paper's derivations, equation by equation"
    script:
        "../scripts/derivations.py"


rule theory:
    input:
        regimes=expand(rules.regimes.output.csv, experiment=RESOLVED["experiments"]),
        derivations=rules.derivations.output.csv,
    output:
        md="results/theory/theory.md",
    log:
        "logs/theory/theory.log",
    localrule: True
    conda:
        "../../envs/theory.yaml"
    params:
        **settings(titles="experiments/*/title"),
        code=code("theory"),
    message:
        "Writing the general law, the regimes and the derivations on one page"
    script:
        "../scripts/theory.py"
