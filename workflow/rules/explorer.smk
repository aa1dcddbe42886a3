"""Explorer: one page on which activation, loss, (w, b), γ and the data change under one's hand, and the densities with them."""


rule explorer:
    input:
        equilibria=expand(rules.training.output.equilibrium, experiment=RESOLVED["experiments"]),
        regimes=expand(rules.regimes.output.csv, experiment=RESOLVED["experiments"]),
        class_files=CLASS_FILES,
    output:
        html=report(
            "results/explorer.html", caption="../report/explorer.rst", category="Explorer", labels={"page": "Explorer"}
        ),
    log:
        "logs/explorer.log",
    benchmark:
        "benchmarks/explorer.tsv"
    conda:
        "../../envs/explorer.yaml"
    params:
        **settings(
            activations="activations",
            losses="losses",
            experiments="experiments",
            classes="classes",
            cap="design/cap",
            tolerance="statistics/tolerance",
        ),
        # Text, style and program of the page, which are no modules.
        files={path.name: file_digest(path) for path in sorted(Path(SCRIPTS, "duality/explorer").glob("explorer.*"))},
        code=code("explorer"),
    message:
        "Making the page on which activation, loss, parameters and data can be changed"
    script:
        "../scripts/explorer.py"
