"""Dataset-learning duality and emergent criticality (arXiv:2405.17391): every figure and the table from config.yaml."""

import json
import os
import subprocess
import sys
import warnings
from functools import partial

from snakemake.logging import logger
from snakemake.utils import min_version

min_version("9.19")

# All that belongs to this workflow is found from here: the working directory may be another folder (--directory), and
# the main Snakefile may be that of another workflow, which imports this one (docs/import.md).
REPOSITORY = workflow.current_basedir.get_path_or_uri(secret_free=True)
SCRIPTS = f"{REPOSITORY}/workflow/scripts"
IS_MAIN = workflow.modifier.is_main_snakefile()
OF_MODULE = "" if IS_MAIN else f"module {__name__}: "  # before what is told of a bad config
# A workflow that imports this one after its own first rule keeps that as its target.
NO_TARGET_YET = workflow.default_target is None

if not os.path.isdir(SCRIPTS):
    sys.exit(f"{OF_MODULE}{REPOSITORY} is no folder here: clone the workflow, and import its Snakefile from there")

# The library checks the config; the scripts of the rules find it by themselves, and no other workflow may.
sys.path.insert(0, SCRIPTS)

from duality.config.excerpt import OF_A_POINT, parameters
from duality.config.overlays import settled
from duality.config.reading import check_config_files, check_folder, in_order_of, load_yaml, overlaid, text_of
from duality.errors import ending_in_one_line
from duality.progress import Tenths
from duality.provenance.code import code_digest
from duality.provenance.job_records import file_digest
from duality.provenance.source_date import source_date

sys.path.remove(SCRIPTS)

# The config of the working directory; if it has none, or belongs to another workflow, the one that is shipped.
CONFIG = "config.yaml" if IS_MAIN and os.path.exists("config.yaml") else f"{REPOSITORY}/config.yaml"
# The gallery likewise.
GALLERY = "gallery" if IS_MAIN and os.path.isdir("gallery") else f"{REPOSITORY}/gallery"

# Before Snakemake reads it, which overlays on the command line already were.
with ending_in_one_line(OF_MODULE):
    source_date(os.environ.get("SOURCE_DATE_EPOCH"))
    check_folder(REPOSITORY)
    check_config_files([CONFIG, *(workflow.configfiles if IS_MAIN else [])])

if IS_MAIN:

    configfile: CONFIG


with ending_in_one_line(OF_MODULE):
    config = in_order_of(load_yaml(CONFIG), config) if IS_MAIN else overlaid(load_yaml(CONFIG), config)
    config = settled(config, workflow.config_settings.config if IS_MAIN else {})
    given = text_of(config)

# In a process with a budget, which tells in one line what is wrong: no formula can stop Snakemake here. What libraries
# remark on extreme values would be more lines.
resolution = [
    sys.executable,
    "-W",
    "ignore",
    f"{SCRIPTS}/resolution.py",
    f"{REPOSITORY}/workflow/schemas/config.schema.yaml",
    GALLERY,
    OF_MODULE,
]
resolved = subprocess.run(resolution, input=given, stdout=subprocess.PIPE)
if resolved.returncode:
    sys.exit(resolved.returncode)
RESOLVED = {**json.loads(resolved.stdout), "config": config}

# settings(name=place, ...) are parameters of a rule: what the config has at these places. Their record names the places.
settings = partial(parameters, RESOLVED)

# code(stage) is the digest of a stage's script and of all modules that it imports: a change of either reruns the stage.
code = partial(code_digest, SCRIPTS)


# A real run says how far it is; its log file has the rest.
if IS_MAIN and not workflow.output_settings.dryrun and not workflow.output_settings.verbose:
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(Tenths())


# For a report Snakemake asks for the size of inputs where it cannot wait for the answer, and warns of that at each job.
warnings.filterwarnings("ignore", "coroutine 'InputFiles", RuntimeWarning)


report: "workflow/report/workflow.rst"


wildcard_constraints:
    experiment="|".join(RESOLVED["experiments"]),


STAGES = """theory dataset training fluctuations jacobian exponents table jumps calibration figures realisations claims
    guard sweeps gallery explorer page provenance""".split()

for stage in STAGES:
    if stage != "guard" or "guard" in RESOLVED:

        include: f"workflow/rules/{stage}.smk"


rule all:
    default_target: NO_TARGET_YET
    input:
        rules.manifest.input,
        rules.manifest.output,
