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
        **settings(
            subject="guard/subject",
            settings="guard/{part}",
            classes="classes",
            windows=WINDOWS,
            seed="seed",
        ),
        code=code("guard"),
    message:
        "Studying the guard of the loss: {wildcards.part}"
    script:
        "../scripts/guard.py"
