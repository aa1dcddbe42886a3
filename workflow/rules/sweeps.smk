"""Sweeps: the experiments over ranges of config values, a job per point; new points run alone, old ones stay."""

SWEEPS = RESOLVED["sweeps"]


wildcard_constraints:
    sweep="|".join(SWEEPS) or "none",
    point="[^/]+",
    drawn="[^/]+",


rule sweep_point:
    input:
        class_files=CLASS_FILES,
    output:
        csv="results/sweeps/{sweep}/{point}.csv",
    log:
        "logs/sweeps/{sweep}/{point}.log",
    benchmark:
        "benchmarks/sweeps/{sweep}/{point}.tsv"
    conda:
        "../../envs/sweeps.yaml"
    resources:
        runtime=60,
    params:
        **settings(
            composition="sweeps/{sweep}/points/{point}/experiment/composition",
            training="sweeps/{sweep}/points/{point}/experiment/training",
            measured="sweeps/{sweep}/points/{point}/experiment/classes",
            design="sweeps/{sweep}/points/{point}/experiment/design",
            classes="sweeps/{sweep}/points/{point}/classes",
            dataset="sweeps/{sweep}/points/{point}/dataset",
            jumps="sweeps/{sweep}/points/{point}/jumps",
            seed="sweeps/{sweep}/points/{point}/seed",
            windows=f"sweeps/{{sweep}}/points/{{point}}/{WINDOWS}",
        ),
        code=code("sweep_point"),
    message:
        "Drawing, training and estimating {wildcards.point} of the sweep {wildcards.sweep}"
    script:
        "../scripts/sweep_point.py"


rule sweep_table:
    input:
        lambda wildcards: expand(
            rules.sweep_point.output.csv, point=SWEEPS[wildcards.sweep]["points"], allow_missing=True
        ),
    output:
        csv="results/sweeps/{sweep}.csv",
    log:
        "logs/sweeps/{sweep}.log",
    benchmark:
        "benchmarks/sweeps/{sweep}.tsv"
    conda:
        "../../envs/sweeps.yaml"
    params:
        **settings(axes="sweeps/{sweep}/axes", at="sweeps/{sweep}/at"),
        code=code("sweep_table"),
    message:
        "Collecting the points of the sweep {wildcards.sweep}"
    script:
        "../scripts/sweep_table.py"


rule sweep_figure:
    input:
        csv=rules.sweep_table.output.csv,
    output:
        pictures=report(
            multiext("results/figures/sweeps/{sweep}/{drawn}", *FORMATS),
            caption=CAPTION,
            category="Sweeps",
            labels={"sweep": "{sweep}", "figure": "{drawn}"},
        ),
        caption="results/figures/sweeps/{sweep}/{drawn}.txt",
    log:
        "logs/figures/sweeps/{sweep}/{drawn}.log",
    benchmark:
        "benchmarks/figures/sweeps/{sweep}/{drawn}.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(axes="sweeps/{sweep}/axes", labels="sweeps/{sweep}/labels", figure="sweeps/{sweep}/figures/{drawn}"),
        code=code("sweep_figure"),
    message:
        "Drawing {wildcards.drawn} of the sweep {wildcards.sweep}"
    script:
        "../scripts/sweep_figure.py"


rule sweeps:
    input:
        [
            (
                *expand(rules.sweep_table.output.csv, sweep=name),
                *expand(rules.sweep_figure.output, sweep=name, drawn=sweep["figures"]),
            )
            for name, sweep in SWEEPS.items()
        ],
    message:
        "The sweeps are results/sweeps/*.csv, their figures are in results/figures/sweeps"
