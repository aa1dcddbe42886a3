"""Provenance: one file that seals the records of all jobs that a run's results were made by."""


rule manifest:
    input:
        rules.figures.input,
        rules.table.output,
        rules.theory.output,
        rules.jumps_figure.output,
        rules.guard_figure.output if "guard" in RESOLVED else [],
        rules.claims.output,
        rules.resolved_config.output,
    output:
        json="results/manifest.json",
    log:
        "logs/manifest.log",
    benchmark:
        "benchmarks/manifest.tsv"
    conda:
        "../../envs/provenance.yaml"
    params:
        code=code("manifest"),
    message:
        "Sealing the records of all jobs"
    script:
        "../scripts/manifest.py"
