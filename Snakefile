"""Dataset-learning duality and emergent criticality (arXiv:2405.17391): every figure and the table from config.yaml."""

import sys
from functools import partial
from pathlib import Path

from snakemake.utils import min_version

min_version("9.19")

# The library checks the config; the scripts of the rules find it by themselves.
sys.path.insert(0, f"{workflow.basedir}/workflow/scripts")

from duality.config.resolution import resolve
from duality.errors import InputError
from duality.provenance import code_digest
from duality.config.reading import check_config_files, in_order_of, load_schema, load_yaml

# Before Snakemake reads it, which overlays on the command line already were.
try:
    check_config_files(["config.yaml", *workflow.configfiles])
except InputError as error:
    sys.exit(str(error))


configfile: "config.yaml"


config = in_order_of(load_yaml("config.yaml"), config)
try:
    RESOLVED = resolve(config, load_schema(f"{workflow.basedir}/workflow/schemas/config.schema.yaml"))
except InputError as error:
    sys.exit(str(error))

# code(stage) is the digest of a stage's script and of all modules that it imports: a change of either reruns the stage.
code = partial(code_digest, f"{workflow.basedir}/workflow/scripts")


wildcard_constraints:
    class_name="|".join(RESOLVED["classes"]),
    experiment="|".join(RESOLVED["experiments"]),
    figure="|".join(RESOLVED["figures"]),
    shard=r"\d+",


report: "workflow/report/workflow.rst"


include: "workflow/rules/theory.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/fluctuations.smk"
include: "workflow/rules/jacobian.smk"
include: "workflow/rules/exponents.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/table.smk"
include: "workflow/rules/jumps.smk"


if "guard" in RESOLVED:

    include: "workflow/rules/guard.smk"


include: "workflow/rules/claims.smk"
include: "workflow/rules/calibration.smk"


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.table.output,
        rules.theory.output,
        rules.jumps_figure.output,
        rules.guard_figure.output if "guard" in RESOLVED else [],
        rules.claims.output,
        rules.resolved_config.output,


onsuccess:
    if Path("results/table/table.txt").is_file():
        print(Path("results/table/table.txt").read_text(encoding="utf-8"))
        print("The table with all errors is results/table/table.md; the figures are in results/figures.")
