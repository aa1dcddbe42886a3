"""Sweeps: the experiments over ranges of config values, a job per point; new points run alone, old ones stay."""

SWEEPS = RESOLVED["sweeps"]
# Here, too, a class's file is what the rule `sample` made of it.
for point in [point for sweep in SWEEPS.values() for point in sweep["points"].values()]:
    for name in RESOLVED["files"]:
        point["classes"][name] |= {"file": CLASSES[name]["file"], "column": None}


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
            batches="sweeps/{sweep}/mini_batches",
            **{part: f"sweeps/{{sweep}}/points/{{point}}/{part}" for part in OF_A_POINT},
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
        pictures=picture("results/figures/sweeps/{sweep}/{drawn}", "Sweeps", {"sweep": "{sweep}", "figure": "{drawn}"}),
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
