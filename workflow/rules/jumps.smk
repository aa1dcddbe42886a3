"""Jumps: the actual changes of w and b while training, against the potential ones at fixed parameters (Sec. 8)."""


rule jumps:
    input:
        x1=rules.stream.output.x1,
        label=rules.stream.output.label,
        trajectory=rules.training.output.trajectory,
        equilibrium=rules.training.output.equilibrium,
        class_files=CLASS_FILES,
    output:
        distances="results/jumps/{experiment}/distances.csv",
        distributions="results/jumps/{experiment}/distributions.csv",
        exponents="results/jumps/{experiment}/exponents.csv",
        summary="results/jumps/{experiment}/summary.json",
    log:
        "logs/jumps/{experiment}.log",
    benchmark:
        "benchmarks/jumps/{experiment}.tsv"
    conda:
        "../../envs/jumps.yaml"
    resources:
        runtime=30,
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            gamma="experiments/{experiment}/training/gamma",
            mini_batch="experiments/{experiment}/training/mini_batch",
            measured="experiments/{experiment}/classes",
            windows=WINDOWS,
            settings="jumps",
            classes="classes",
            seed="seed",
        ),
        code=code("jumps"),
    message:
        "Comparing actual with potential jumps of {wildcards.experiment}"
    script:
        "../scripts/jumps.py"
