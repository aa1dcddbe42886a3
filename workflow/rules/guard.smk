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
    resources:
        runtime=30,
    params:
        subject=RESOLVED["guard"]["subject"],
        settings=lookup(dpath="guard/{part}", within=RESOLVED),
        classes=CLASSES,
        windows=WINDOWS,
        seed=RESOLVED["seed"],
        code=code("guard"),
    message:
        "Studying the guard of the loss: {wildcards.part}"
    script:
        "../scripts/guard.py"
