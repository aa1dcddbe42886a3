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
        summary="results/jumps/{experiment}/summary.json",
    log:
        "logs/jumps/{experiment}.log",
    benchmark:
        "benchmarks/jumps/{experiment}.tsv"
    conda:
        "../../envs/jumps.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        composition=lookup(dpath="experiments/{experiment}/composition", within=RESOLVED),
        gamma=lookup(dpath="experiments/{experiment}/training/gamma", within=RESOLVED),
        settings=RESOLVED["jumps"],
        classes=RESOLVED["classes"],
        seed=RESOLVED["seed"],
        code=code("jumps"),
    message:
        "Comparing actual with potential jumps of {wildcards.experiment}"
    script:
        "../scripts/jumps.py"


rule jumps_figure:
    input:
        distances=expand(rules.jumps.output.distances, experiment=RESOLVED["experiments"]),
        distributions=expand(rules.jumps.output.distributions, experiment=RESOLVED["experiments"]),
        summaries=expand(rules.jumps.output.summary, experiment=RESOLVED["experiments"]),
    output:
        pictures=report(
            multiext("results/figures/jumps", *(f".{ending}" for ending in FORMATS)),
            caption="../report/jumps.rst",
            category="Jumps",
        ),
        caption="results/figures/jumps.txt",
    log:
        "logs/figures/jumps.log",
    benchmark:
        "benchmarks/figures/jumps.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        experiments=list(RESOLVED["experiments"]),
        code=code("jumps_figure"),
    message:
        "Drawing the distances between actual and potential jumps"
    script:
        "../scripts/jumps_figure.py"
