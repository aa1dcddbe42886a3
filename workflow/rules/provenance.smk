"""Provenance: one file that seals the records of all jobs that a run's results were made by, its audit and exports."""

from importlib.metadata import version
from pathlib import Path

from duality.config.excerpt import excerpt
from duality.provenance.closing import tell


rule manifest:
    input:
        rules.figures.input,
        rules.table.output,
        rules.theory.output,
        rules.jumps_figure.output,
        rules.guard_figure.output if "guard" in RESOLVED else [],
        rules.claims.output,
        rules.explorer.output,
        rules.resolved_config.output,
        rules.page.output,
    output:
        json="results/manifest.json",
    log:
        "logs/manifest.log",
    benchmark:
        "benchmarks/manifest.tsv"
    localrule: True  # as all that computes nothing: on a cluster, too, it runs where Snakemake does
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
    localrule: True
    conda:
        "../../envs/provenance.yaml"
    params:
        resolved=RESOLVED,
        code=code("audit"),
    message:
        "Comparing results/ with what the records say, and with code, config and lock as they are now"
    script:
        "../scripts/audit.py"


# The working folder as it was given (--directory): what is told at the end is found from where Snakemake was started.
CALLED = Path(workflow.overwrite_workdir or "")
# For jobs, whose own Snakemake knows the folder by its whole name. What is only told is no parameter of them.
if workflow.is_main_process:
    os.environ |= {"DUALITY_CALLED": str(CALLED)}


rule summary:
    log:
        "logs/summary.log",
    localrule: True
    conda:
        "../../envs/provenance.yaml"
    params:
        resolved=RESOLVED,
        called=str(CALLED),
        code=code("summary"),
    message:
        "Telling what results/ has of this config, and what else lies there"
    script:
        "../scripts/summary.py"


# Files that were asked for: those of a rule that makes none are what it takes. The rule `all` asks for what is told always.
asked = lambda: sorted(
    file for job in workflow.dag.targetjobs if job.rule.name != "all" for file in (job.output or job.input)
)

tell_the_end = lambda: tell(
    {job.rule.name for job in workflow.dag.jobs},
    asked(),
    {key: experiment["title"] for key, experiment in RESOLVED["experiments"].items()},
    partial(excerpt, RESOLVED),
    code,
    CALLED,
)


onsuccess:
    if tell_the_end():
        sys.exit(1)


onerror:
    tell_the_end()


# What a run needs, and who may do what with it: with a copy of these the crate is whole.
OF_THE_CRATE = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in (
        "CITATION.cff",
        "LICENSE",
        "Makefile",
        "Snakefile",
        "config.yaml",
        "claims.yaml",
        "requirements.lock",
        "requirements-build.lock",
        "envs/*.yaml",
        "gallery/*.yaml",
        "profiles/*/*",
        "workflow/report/*.rst",
        "workflow/rules/*.smk",
        "workflow/schemas/*.yaml",
        "workflow/scripts/**/*.py",
        "workflow/scripts/duality/explorer/explorer.*",
        "workflow/scripts/duality/page/page.*",
    )
    for path in Path(REPOSITORY).glob(pattern)
)


rule crate:
    input:
        manifest=rules.manifest.output.json,
        targets=rules.manifest.input,
    output:
        crate="results/ro-crate-metadata.json",
        statement="results/manifest.intoto.json",
        workflow=expand("results/workflow/{name}", name=OF_THE_CRATE),
    log:
        "logs/crate.log",
    benchmark:
        "benchmarks/crate.tsv"
    conda:
        "../../envs/provenance.yaml"
    params:
        files={name: file_digest(f"{REPOSITORY}/{name}") for name in OF_THE_CRATE},  # where they are is no matter
        engine=version("snakemake"),
        epoch=os.environ.get("SOURCE_DATE_EPOCH"),
        code=code("crate"),
    message:
        "Describing the run as a research object"
    script:
        "../scripts/crate.py"
