"""Dataset-learning duality and emergent criticality (arXiv:2405.17391): every figure and the table from config.yaml."""

import json
import os
import subprocess
import sys
from functools import partial

from snakemake.utils import min_version

min_version("9.19")

# The library checks the config; the scripts of the rules find it by themselves.
SCRIPTS = f"{workflow.basedir}/workflow/scripts"
sys.path.insert(0, SCRIPTS)

from duality.config.excerpt import parameters
from duality.config.reading import check_config_files, check_folder, in_order_of, load_yaml, text_of
from duality.errors import ending_in_one_line
from duality.provenance.code import code_digest
from duality.provenance.job_records import file_digest
from duality.provenance.source_date import source_date

# Before Snakemake reads it, which overlays on the command line already were.
with ending_in_one_line():
    source_date(os.environ.get("SOURCE_DATE_EPOCH"))
    check_folder(workflow.basedir)
    check_config_files(["config.yaml", *workflow.configfiles])


configfile: "config.yaml"


with ending_in_one_line():
    config = in_order_of(load_yaml("config.yaml"), config)
    given = text_of(config)

# In a process with a budget, which tells in one line what is wrong: no formula can stop Snakemake here. What libraries
# remark on extreme values would be more lines.
resolution = [
    sys.executable,
    "-W",
    "ignore",
    f"{SCRIPTS}/resolution.py",
    f"{workflow.basedir}/workflow/schemas/config.schema.yaml",
]
resolved = subprocess.run(resolution, input=given, stdout=subprocess.PIPE)
if resolved.returncode:
    sys.exit(resolved.returncode)
RESOLVED = {**json.loads(resolved.stdout), "config": config}

# settings(name=place, ...) are parameters of a rule: what the config has at these places. Their record names the places.
settings = partial(parameters, RESOLVED)

# code(stage) is the digest of a stage's script and of all modules that it imports: a change of either reruns the stage.
code = partial(code_digest, SCRIPTS)


report: "workflow/report/workflow.rst"


wildcard_constraints:
    experiment="|".join(RESOLVED["experiments"]),


STAGES = """theory dataset training fluctuations jacobian exponents table jumps calibration figures realisations claims
    guard sweeps provenance""".split()

for stage in STAGES:
    if stage != "guard" or "guard" in RESOLVED:

        include: f"workflow/rules/{stage}.smk"


rule all:
    default_target: True
    input:
        rules.manifest.input,
        rules.manifest.output,
