"""Page: one file to see everything that a run found: tables, figures, the ledger of claims, theory and equilibria."""


rule page:
    input:
        equilibria=expand(rules.training.output.equilibrium, experiment=RESOLVED["experiments"]),
        exponents=expand(rules.exponents.output.exponents, experiment=RESOLVED["experiments"]),
        cross_check=rules.cross_check.output.csv,
        ledger=rules.claims.output.csv,
        regimes=expand(rules.regimes.output.csv, experiment=RESOLVED["experiments"]),
        derivations=rules.derivations.output.csv,
        pictures=[
            *rules.figures.input,
            *rules.jumps_figure.output,
            *(rules.guard_figure.output if "guard" in RESOLVED else []),
        ],
        # What it links to.
        linked=[
            *rules.table.output,
            *rules.theory.output,
            *rules.claims.output,
            *rules.explorer.output,
            *rules.resolved_config.output,
        ],
    output:
        html="results/index.html",
        for_report=report(
            "results/index.without_pictures.html",
            caption="../report/page.rst",
            category="Page",
            labels={"page": "exponents, claims, theory, equilibria"},
        ),
    log:
        "logs/index.log",
    benchmark:
        "benchmarks/index.tsv"
    conda:
        "../../envs/page.yaml"
    params:
        **settings(
            experiments="experiments",
            predictions="predictions",
            figures="figures/*",
            bootstrap="statistics/bootstrap",
            level="claims/significance",
        ),
        # Text, style and program of the page, which are no modules.
        files={path.name: file_digest(path) for path in sorted(Path(SCRIPTS, "duality/page").glob("page.*"))},
        code=code("page"),
    message:
        "Writing everything that was found on one page"
    script:
        "../scripts/page.py"
