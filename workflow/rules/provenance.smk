"""Provenance: one file that seals the records of all jobs that a run's results were made by, and their audit."""


localrules:
    audit,


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


rule audit:
    log:
        "logs/audit.log",
    conda:
        "../../envs/provenance.yaml"
    params:
        resolved=RESOLVED,
        code=code("audit"),
    message:
        "Comparing results/ with what the records say, and with code, config and lock as they are now"
    script:
        "../scripts/audit.py"
