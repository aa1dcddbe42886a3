"""The config on stdin (YAML), as what the rules use on stdout (JSON): before any job, with a budget for every key."""

import json
import sys

import yaml

from duality.config.reading import load_schema
from duality.config.resolution import resolve
from duality.config.sweeps import resolve_sweeps
from duality.config.training import is_complete
from duality.dataset.checks import check_data
from duality.errors import ending_in_one_line
from duality.limits import within_budget

SECONDS, ALL_SECONDS, MEGABYTES = 10, 60, 2000  # of each key; of all
config, schema = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader), load_schema(sys.argv[1])


def resolved() -> str:
    content = resolve(config, schema)
    check_data(content)
    if not all(is_complete(experiment["training"]) for experiment in content["experiments"].values()):
        from duality.training.plan import complete  # its imports take longer than all else

        complete(content)
    return json.dumps({**content, "sweeps": resolve_sweeps(config, schema)}, allow_nan=False)


with ending_in_one_line("".join(sys.argv[2:])):  # after the module whose config it is
    sys.stdout.write(within_budget(resolved, SECONDS, MEGABYTES, ALL_SECONDS))
