"""The config on stdin (YAML), as what the rules use on stdout (JSON): before any job, with a budget for every key."""

import json
import sys

import yaml

from duality.config.gallery import read_gallery, resolve_gallery
from duality.config.reading import load_schema
from duality.config.resolution import resolve
from duality.config.sweeps import resolve_sweeps
from duality.config.training import is_complete
from duality.dataset.checks import check_data
from duality.errors import ending_in_one_line
from duality.limits import within_budget

SECONDS, ALL_SECONDS, MEGABYTES = 10, 60, 2000  # of each key; of all
config, schema = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader), load_schema(sys.argv[1])
gallery, of_module = sys.argv[2:]  # the module whose config it is


def resolved() -> str:
    content = resolve(config, schema)
    check_data(content)
    if not all(is_complete(experiment["training"]) for experiment in content["experiments"].values()):
        from duality.training.plan import complete  # its imports take longer than all else

        complete(content)
    entries = resolve_gallery(config, read_gallery(gallery), schema)
    return json.dumps({**content, "sweeps": resolve_sweeps(config, schema), "gallery": entries}, allow_nan=False)


with ending_in_one_line(of_module):
    sys.stdout.write(within_budget(resolved, SECONDS, MEGABYTES, ALL_SECONDS))
