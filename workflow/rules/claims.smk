"""Claims: the ledger of everything that the paper states, with a verdict each."""


rule claims:
    input:
        samples=expand(rules.fluctuations.output.samples, experiment=RESOLVED["experiments"]),
        derivations=rules.derivations.output.csv,
        equilibria=expand(rules.training.output.equilibrium, experiment=RESOLVED["experiments"]),
        exponents=expand(rules.exponents.output.exponents, experiment=RESOLVED["experiments"]),
        jumps=expand(rules.jumps.output.summary, experiment=RESOLVED["experiments"]),
        distances=expand(rules.jumps.output.distances, experiment=RESOLVED["experiments"]),
        rivals=expand(rules.exponents.output.rivals, experiment=RESOLVED["experiments"]),
        sensitivities=expand(rules.exponents.output.sensitivity, experiment=RESOLVED["experiments"]),
        guarded="results/guard/training.csv" if "guard" in RESOLVED else [],
        unguarded="results/guard/unguarded_training.csv" if "guard" in RESOLVED else [],
    output:
        csv="results/claims/ledger.csv",
        choices="results/claims/choices.csv",
        md="results/claims/ledger.md",
    log:
        "logs/claims.log",
    benchmark:
        "benchmarks/claims.tsv"
    conda:
        "../../envs/claims.yaml"
    params:
        **settings(
            experiments="experiments/*",
            titles="experiments/*/title",
            rules="claims",
            much_less_than="statistics/much_less_than",
            bootstrap="statistics/bootstrap",
            **({"guard_experiment": "guard/experiment"} if "guard" in RESOLVED else {}),
        ),
        # By content: where they are is no matter, and a path with braces is no pattern.
        files={
            name: file_digest(f"{REPOSITORY}/{name}")
            for name in ("claims.yaml", "workflow/schemas/claims.schema.yaml")
        },
        code=code("claims"),
    message:
        "Checking every claim of the paper and writing the ledger"
    script:
        "../scripts/claims.py"
