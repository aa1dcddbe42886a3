"""Theory: the asymptotic regimes of every composition and their exponents, and the paper's derivations, checked."""


rule regimes:
    output:
        csv="results/theory/regimes.csv",
    log:
        "logs/theory/regimes.log",
    benchmark:
        "benchmarks/theory/regimes.tsv"
    conda:
        "../../envs/theory.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        compositions={name: experiment["composition"] for name, experiment in RESOLVED["experiments"].items()},
        classes=list(RESOLVED["classes"]),
        code=code("regimes"),
    message:
        "Deriving the regimes of every composition and their exponents"
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
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("derivations"),
    message:
        "Proving or refuting the paper's derivations, equation by equation"
    script:
        "../scripts/derivations.py"


rule theory:
    input:
        regimes=rules.regimes.output.csv,
        derivations=rules.derivations.output.csv,
    output:
        md="results/theory/theory.md",
    log:
        "logs/theory/theory.log",
    conda:
        "../../envs/theory.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("theory"),
    message:
        "Writing the general law, the regimes and the derivations on one page"
    script:
        "../scripts/theory.py"
