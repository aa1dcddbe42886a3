"""Figures: those of the paper, an overview sheet, and supplementary ones. One is called like its module and its files."""

FORMATS = [".png", ".pdf", ".svg"]
CAPTION = "../report/picture.rst"


# The files of a picture. The report has the first, and beside it the text of `stem`.txt, an output of the job too. It is in
# a list, as a line that begins with `report` would be a directive.
picture = lambda stem, category, labels: [
    *[report(f"{stem}{FORMATS[0]}", caption=CAPTION, category=category, labels=labels)],
    *(f"{stem}{ending}" for ending in FORMATS[1:]),
]


# The experiment that a figure shows.
SHOWN = lookup(dpath="{figure}/experiment", within=RESOLVED["figures"])


# What the report says of a figure of the paper in its list.
LABELS = {
    name: {
        "figure": name.replace("_", " "),
        "composition": RESOLVED["experiments"][shown["experiment"]]["title"],
        "class": shown["class"],
        "sign": shown["sign"],
        "k_q predicted": shown["predicted"] or "",
    }
    for name, shown in RESOLVED["figures"].items()
}


wildcard_constraints:
    figure="|".join(RESOLVED["figures"]),


rule figure:
    input:
        equilibrium=expand(rules.training.output.equilibrium, experiment=SHOWN),
        jacobian=expand(rules.jacobian.output.curves, experiment=SHOWN),
        windows=expand(rules.jacobian.output.windows, experiment=SHOWN),
        exponents=expand(rules.exponents.output.exponents, experiment=SHOWN),
        density=expand(rules.exponents.output.density, experiment=SHOWN),
    output:
        pictures=picture("results/figures/{figure}", "Figures", lambda wildcards: LABELS[wildcards.figure]),
        curves="results/figures/{figure}.csv",
        caption="results/figures/{figure}.txt",
    log:
        "logs/figures/{figure}.log",
    benchmark:
        "benchmarks/figures/{figure}.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(shown="figures/{figure}"),
        code=code("figure"),
    message:
        "Drawing {wildcards.figure}: fluctuations, Jacobian, duality density and power law"
    script:
        "../scripts/figure.py"


rule overview:
    input:
        curves=expand(rules.figure.output.curves, figure=RESOLVED["figures"]),
    output:
        pictures=picture(
            "results/figures/overview",
            "Figures",
            {"figure": "all", "composition": "all", "class": "", "sign": "", "k_q predicted": ""},
        ),
        caption="results/figures/overview.txt",
    log:
        "logs/figures/overview.log",
    benchmark:
        "benchmarks/figures/overview.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(titles="figures/*/title"),
        code=code("overview"),
    message:
        "Drawing all figures on one sheet"
    script:
        "../scripts/overview.py"


rule traces:
    input:
        trajectories=expand(rules.training.output.trajectory, experiment=RESOLVED["experiments"]),
        equilibria=expand(rules.training.output.equilibrium, experiment=RESOLVED["experiments"]),
    output:
        pictures=[
            file
            for name, experiment in RESOLVED["experiments"].items()
            for file in picture(f"results/figures/traces/{name}", "Training", {"figure": experiment["title"]})
        ],
        captions=expand("results/figures/traces/{experiment}.txt", experiment=RESOLVED["experiments"]),
    log:
        "logs/figures/traces.log",
    benchmark:
        "benchmarks/figures/traces.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(titles="experiments/*/title"),
        code=code("traces"),
    message:
        "Drawing the trajectories (w, b) of every training"
    script:
        "../scripts/traces.py"


rule local_exponents:
    input:
        curves=expand(rules.jacobian.output.curves, experiment=RESOLVED["experiments"]),
        windows=expand(rules.jacobian.output.windows, experiment=RESOLVED["experiments"]),
    output:
        pictures=picture(
            "results/figures/local_exponents", "Supplementary figures", {"figure": "local exponents of the Jacobian"}
        ),
        caption="results/figures/local_exponents.txt",
    log:
        "logs/figures/local_exponents.log",
    benchmark:
        "benchmarks/figures/local_exponents.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(measured="experiments/*/classes", titles="experiments/*/title"),
        code=code("local_exponents"),
    message:
        "Drawing the local exponents of the exact Jacobian"
    script:
        "../scripts/local_exponents.py"


rule sensitivities:
    input:
        tables=expand(rules.exponents.output.sensitivity, experiment=RESOLVED["experiments"]),
    output:
        pictures=picture(
            "results/figures/sensitivities", "Supplementary figures", {"figure": "exponents against the meaning of ≪"}
        ),
        caption="results/figures/sensitivities.txt",
    log:
        "logs/figures/sensitivities.log",
    benchmark:
        "benchmarks/figures/sensitivities.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(measured="experiments/*/classes", titles="experiments/*/title"),
        code=code("sensitivities"),
    message:
        "Drawing how the exponents depend on what 'much less than' means"
    script:
        "../scripts/sensitivities.py"


rule shifted_profiles:
    input:
        tables=expand(rules.exponents.output.profile, experiment=RESOLVED["experiments"]),
        exponents=expand(rules.exponents.output.exponents, experiment=RESOLVED["experiments"]),
    output:
        pictures=picture("results/figures/shifted_profiles", "Supplementary figures", {"figure": "shifted power laws"}),
        caption="results/figures/shifted_profiles.txt",
    log:
        "logs/figures/shifted_profiles.log",
    benchmark:
        "benchmarks/figures/shifted_profiles.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(titles="experiments/*/title"),
        code=code("shifted_profiles"),
    message:
        "Drawing whether fluctuations tell shifted power laws from those without shift"
    script:
        "../scripts/shifted_profiles.py"


rule jumps_figure:
    input:
        distances=expand(rules.jumps.output.distances, experiment=RESOLVED["experiments"]),
        distributions=expand(rules.jumps.output.distributions, experiment=RESOLVED["experiments"]),
        summaries=expand(rules.jumps.output.summary, experiment=RESOLVED["experiments"]),
    output:
        pictures=picture("results/figures/jumps", "Supplementary figures", {"figure": "actual against potential jumps"}),
        caption="results/figures/jumps.txt",
    log:
        "logs/figures/jumps.log",
    benchmark:
        "benchmarks/figures/jumps.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(titles="experiments/*/title", significance="claims/significance"),
        code=code("jumps_figure"),
    message:
        "Drawing the distances between actual and potential jumps"
    script:
        "../scripts/jumps_figure.py"


# The guard that a figure shows, and the experiment that has it.
OF_GUARD = {}
if "guard" in RESOLVED:
    OF_GUARD = {"parameter": "guard/parameter", "title": f"experiments/{RESOLVED['guard']['experiment']}/title"}


rule guard_figure:
    input:
        theory="results/guard/theory.csv",
        training="results/guard/training.csv",
        unguarded="results/guard/unguarded_training.csv",
    output:
        pictures=picture("results/figures/guard", "Supplementary figures", {"figure": "the guard of the loss"}),
        caption="results/figures/guard.txt",
    log:
        "logs/figures/guard.log",
    benchmark:
        "benchmarks/figures/guard.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(**OF_GUARD),
        code=code("guard_figure"),
    message:
        "Drawing what the guard of the loss does"
    script:
        "../scripts/guard_figure.py"


rule realisations_figure:
    input:
        estimates="results/realisations/estimates.csv",
        csv="results/realisations/realisations.csv",
    output:
        pictures=picture(
            "results/figures/realisations", "Supplementary figures", {"figure": "errors against the spread over seeds"}
        ),
        caption="results/figures/realisations.txt",
    log:
        "logs/figures/realisations.log",
    benchmark:
        "benchmarks/figures/realisations.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(titles="experiments/*/title"),
        code=code("realisations_figure"),
    message:
        "Drawing the spread over realisations against the printed errors"
    script:
        "../scripts/realisations_figure.py"


rule calibration_figure:
    input:
        coverage=rules.calibration.output.coverage,
        p_values=rules.calibration.output.p_values,
    output:
        pictures=picture(
            "results/figures/calibration", "Supplementary figures", {"figure": "calibration of the intervals"}
        ),
        caption="results/figures/calibration.txt",
    log:
        "logs/figures/calibration.log",
    benchmark:
        "benchmarks/figures/calibration.tsv"
    conda:
        "../../envs/figures.yaml"
    params:
        **settings(settings="calibration"),
        code=code("calibration_figure"),
    message:
        "Drawing how often intervals hold the true exponent, and the distribution of p-values"
    script:
        "../scripts/calibration_figure.py"


rule figures:
    input:
        expand(rules.figure.output, figure=RESOLVED["figures"]),
        rules.traces.output,
        rules.overview.output,
        rules.local_exponents.output,
        rules.sensitivities.output,
        rules.shifted_profiles.output,
    message:
        "All figures are in results/figures"
