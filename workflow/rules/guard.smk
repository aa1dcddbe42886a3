"""Guard: (w, b), accuracy and exponents against the guard of a loss, and training without it (Sec. 8.3). Optional."""


rule guard:
    input:
        x1=rules.stream.output.x1,
        label=rules.stream.output.label,
        class_files=CLASS_FILES,
    output:
        csv="results/guard/{part}.csv",
    log:
        "logs/guard/{part}.log",
    benchmark:
        "benchmarks/guard/{part}.tsv"
    wildcard_constraints:
        part="theory|training|unguarded_training",
    conda:
        "../../envs/guard.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        subject=RESOLVED["guard"]["subject"],
        settings=lookup(dpath="guard/{part}", within=RESOLVED),
        classes=RESOLVED["classes"],
        windows=WINDOWS,
        seed=RESOLVED["seed"],
        code=code("guard"),
    message:
        "Studying the guard of the loss: {wildcards.part}"
    script:
        "../scripts/guard.py"


rule guard_figure:
    input:
        theory="results/guard/theory.csv",
        training="results/guard/training.csv",
        unguarded="results/guard/unguarded_training.csv",
    output:
        pictures=report(
            multiext("results/figures/guard", *(f".{ending}" for ending in FORMATS)),
            caption="../report/guard.rst",
            category="Guard",
        ),
        caption="results/figures/guard.txt",
    log:
        "logs/figures/guard.log",
    benchmark:
        "benchmarks/figures/guard.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        parameter=RESOLVED["guard"]["parameter"],
        code=code("guard_figure"),
    message:
        "Drawing what the guard of the loss does"
    script:
        "../scripts/guard_figure.py"
