"""Theory: the asymptotic regimes of every composition and their exponents, and the paper's derivations, checked."""


rule theory:
    output:
        regimes="results/theory/regimes.csv",
        derivations="results/theory/derivations.csv",
        md="results/theory/theory.md",
    log:
        "logs/theory/theory.log",
    benchmark:
        "benchmarks/theory/theory.tsv"
    conda:
        "../../envs/theory.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        compositions={name: experiment["composition"] for name, experiment in RESOLVED["experiments"].items()},
        classes=list(RESOLVED["classes"]),
        code=code("theory"),
    message:
        "Deriving the regimes of every composition and checking the paper's derivations"
    script:
        "../scripts/theory.py"
