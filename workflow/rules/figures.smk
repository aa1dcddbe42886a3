"""Figures: those of the paper, a trace plot of every training, and an overview sheet."""

FORMATS = ["pdf", "svg", "png"]


def of_figure(path):
    """A path or key with {experiment} and {class_name} replaced by what the figure shows."""

    def filled(wildcards):
        shown = RESOLVED["figures"][wildcards.figure]
        return path.format(experiment=shown["experiment"], class_name=shown["class"])

    return filled


def shown(dpath):
    """What the config says of the experiment and class that the figure shows."""
    return lambda wildcards: lookup(dpath=of_figure(dpath)(wildcards), within=RESOLVED)


rule figure:
    message:
        "Drawing {wildcards.figure}: fluctuations, Jacobian, duality density and power law"
    input:
        equilibrium=of_figure(rules.training.output.equilibrium),
        jacobian=of_figure(rules.jacobian.output.curves),
        windows=of_figure(rules.jacobian.output.windows),
        exponents=of_figure(rules.exponents.output.exponents),
        density=of_figure(rules.exponents.output.density),
    output:
        pictures=report(
            multiext("results/figures/{figure}", *(f".{ending}" for ending in FORMATS)),
            caption="../report/figures.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
        curves="results/figures/{figure}.csv",
        caption="results/figures/{figure}.txt",
    params:
        class_name=of_figure("{class_name}"),
        sign=shown("experiments/{experiment}/classes/{class_name}/sign"),
        k_q=shown("experiments/{experiment}/classes/{class_name}/k_q"),
        activation=shown("experiments/{experiment}/activation_name"),
        loss=shown("experiments/{experiment}/loss_name"),
        code=code("figure"),
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
    script:
        "../scripts/figure.py"


rule trace:
    message:
        "Drawing the trajectories (w, b) of {wildcards.experiment}"
    input:
        trajectory=rules.training.output.trajectory,
        equilibrium=rules.training.output.equilibrium,
    output:
        report(
            multiext("results/figures/trace_{experiment}", *(f".{ending}" for ending in FORMATS)),
            caption="../report/trace.rst",
            category="Traces",
            labels={"experiment": "{experiment}"},
        ),
    params:
        title="{experiment}",
        code=code("trace"),
    log:
        "logs/figures/trace_{experiment}.log",
    benchmark:
        "benchmarks/figures/trace_{experiment}.tsv"
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    script:
        "../scripts/trace.py"


rule overview:
    message:
        "Drawing all figures on one sheet"
    input:
        expand(rules.figure.output.curves, figure=RESOLVED["figures"]),
    output:
        report(
            multiext("results/figures/overview", *(f".{ending}" for ending in FORMATS)),
            caption="../report/overview.rst",
            category="Overview",
        ),
    params:
        titles={
            name: f"{name.replace('_', ' ')}: {shown['experiment'].replace('_', ' ')}, ‘{shown['class']}’"
            for name, shown in RESOLVED["figures"].items()
        },
        code=code("overview"),
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
    script:
        "../scripts/overview.py"


rule figures:
    message:
        "All figures are in results/figures"
    input:
        expand(rules.figure.output, figure=RESOLVED["figures"]),
        expand(rules.trace.output, experiment=RESOLVED["experiments"]),
        rules.overview.output,
