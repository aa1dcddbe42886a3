"""Dataset-learning duality and emergent criticality (arXiv:2405.17391): every figure and the table from config.yaml."""

import sys
from functools import partial

from snakemake.utils import min_version

min_version("9.19")

# The library checks the config; the scripts of the rules find it by themselves.
sys.path.insert(0, f"{workflow.basedir}/workflow/scripts")

from duality.config.reading import check_config_files, in_order_of, load_schema, load_yaml
from duality.config.resolution import resolve
from duality.dataset.checks import check_data
from duality.errors import ending_in_one_line
from duality.provenance import code_digest

# Before Snakemake reads it, which overlays on the command line already were.
with ending_in_one_line():
    check_config_files(["config.yaml", *workflow.configfiles])


configfile: "config.yaml"


with ending_in_one_line():
    config = in_order_of(load_yaml("config.yaml"), config)
    RESOLVED = resolve(config, load_schema(f"{workflow.basedir}/workflow/schemas/config.schema.yaml"))
    check_data(RESOLVED)

# code(stage) is the digest of a stage's script and of all modules that it imports: a change of either reruns the stage.
code = partial(code_digest, f"{workflow.basedir}/workflow/scripts")


report: "workflow/report/workflow.rst"


wildcard_constraints:
    experiment="|".join(RESOLVED["experiments"]),


STAGES = "theory dataset training fluctuations jacobian exponents table jumps calibration figures realisations claims".split()
OPTIONAL = [stage for stage in ["guard"] if stage in RESOLVED]

for stage in STAGES + OPTIONAL:

    include: f"workflow/rules/{stage}.smk"


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
