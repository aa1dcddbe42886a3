"""Figures: those of the paper, an overview sheet, and supplementary ones: traces, local exponents, sensitivities."""

FORMATS = ["pdf", "svg", "png"]


# The experiment that a figure shows.
SHOWN = lookup(dpath="figures/{figure}/experiment", within=RESOLVED)


rule figure:
    input:
        equilibrium=expand(rules.training.output.equilibrium, experiment=SHOWN),
        jacobian=expand(rules.jacobian.output.curves, experiment=SHOWN),
        windows=expand(rules.jacobian.output.windows, experiment=SHOWN),
        exponents=expand(rules.exponents.output.exponents, experiment=SHOWN),
        density=expand(rules.exponents.output.density, experiment=SHOWN),
    output:
        pictures=report(
            multiext("results/figures/{figure}", *(f".{ending}" for ending in FORMATS)),
            caption="../report/figures.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
        curves="results/figures/{figure}.csv",
        caption="results/figures/{figure}.txt",
    log:
        "logs/figures/{figure}.log",
    benchmark:
        "benchmarks/figures/{figure}.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        shown=lookup(dpath="figures/{figure}", within=RESOLVED),
        code=code("figure"),
    message:
        "Drawing {wildcards.figure}: fluctuations, Jacobian, duality density and power law"
    script:
        "../scripts/figure.py"


rule traces:
    input:
        trajectories=expand(rules.training.output.trajectory, experiment=RESOLVED["experiments"]),
        equilibria=expand(rules.training.output.equilibrium, experiment=RESOLVED["experiments"]),
    output:
        pictures=report(
            expand("results/figures/traces/{experiment}.{ending}", experiment=RESOLVED["experiments"], ending=FORMATS),
            caption="../report/traces.rst",
            category="Traces",
        ),
    log:
        "logs/figures/traces.log",
    benchmark:
        "benchmarks/figures/traces.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        experiments=list(RESOLVED["experiments"]),
        code=code("traces"),
    message:
        "Drawing the trajectories (w, b) of every training"
    script:
        "../scripts/traces.py"


rule overview:
    input:
        curves=expand(rules.figure.output.curves, figure=RESOLVED["figures"]),
    output:
        pictures=report(
            multiext("results/figures/overview", *(f".{ending}" for ending in FORMATS)),
            caption="../report/overview.rst",
            category="Overview",
        ),
    log:
        "logs/figures/overview.log",
    benchmark:
        "benchmarks/figures/overview.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        titles={name: shown["title"] for name, shown in RESOLVED["figures"].items()},
        code=code("overview"),
    message:
        "Drawing all figures on one sheet"
    script:
        "../scripts/overview.py"


rule local_exponents:
    input:
        curves=expand(rules.jacobian.output.curves, experiment=RESOLVED["experiments"]),
        windows=expand(rules.jacobian.output.windows, experiment=RESOLVED["experiments"]),
    output:
        pictures=report(
            multiext("results/figures/local_exponents", *(f".{ending}" for ending in FORMATS)),
            caption="../report/local_exponents.rst",
            category="Supplementary figures",
        ),
        caption="results/figures/local_exponents.txt",
    log:
        "logs/figures/local_exponents.log",
    benchmark:
        "benchmarks/figures/local_exponents.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        measured={name: experiment["classes"] for name, experiment in RESOLVED["experiments"].items()},
        code=code("local_exponents"),
    message:
        "Drawing the local exponents of the exact Jacobian"
    script:
        "../scripts/local_exponents.py"


rule sensitivities:
    input:
        tables=expand(rules.exponents.output.sensitivity, experiment=RESOLVED["experiments"]),
    output:
        pictures=report(
            multiext("results/figures/sensitivities", *(f".{ending}" for ending in FORMATS)),
            caption="../report/sensitivities.rst",
            category="Supplementary figures",
        ),
        caption="results/figures/sensitivities.txt",
    log:
        "logs/figures/sensitivities.log",
    benchmark:
        "benchmarks/figures/sensitivities.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        measured={name: experiment["classes"] for name, experiment in RESOLVED["experiments"].items()},
        code=code("sensitivities"),
    message:
        "Drawing how the exponents depend on the meaning of ≪"
    script:
        "../scripts/sensitivities.py"


rule figures:
    input:
        expand(rules.figure.output, figure=RESOLVED["figures"]),
        rules.traces.output,
        rules.overview.output,
        rules.local_exponents.output,
        rules.sensitivities.output,
    message:
        "All figures are in results/figures"
