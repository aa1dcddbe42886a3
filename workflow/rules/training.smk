"""Training: stochastic gradient descent until (w, b) is in equilibrium."""


rule training:
    input:
        x1=rules.stream.output.x1,
        label=rules.stream.output.label,
        class_files=CLASS_FILES,
    output:
        trajectory="results/training/{experiment}/trajectory.npz",
        equilibrium="results/training/{experiment}/equilibrium.json",
    log:
        "logs/training/{experiment}.log",
    benchmark:
        "benchmarks/training/{experiment}.tsv"
    priority: 1  # the longest jobs first: what waits for them is short
    conda:
        "../../envs/training.yaml"
    resources:
        runtime=60,
    params:
        **settings(
            composition="experiments/{experiment}/composition",
            settings="experiments/{experiment}/training",
            classes="classes",
            seed="seed",
        ),
        code=code("training"),
    message:
        "Training {wildcards.experiment} until the learning equilibrium"
    script:
        "../scripts/training.py"
