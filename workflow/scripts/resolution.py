"""The config on stdin (YAML), as what the rules use on stdout (JSON). The Snakefile runs it before any job.

It is a process of its own because a formula may take for ever, or all memory: every key has a budget here.
"""

import json
import sys

import yaml

from duality.config.reading import load_schema
from duality.config.resolution import resolve
from duality.dataset.checks import check_data
from duality.errors import ending_in_one_line
from duality.limits import within_budget

SECONDS, ALL_SECONDS, MEGABYTES = 10, 60, 2000  # of each key; of all

config, schema = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader), load_schema(sys.argv[1])


def resolved() -> str:
    """What the rules use, if the data are there for it."""
    content = resolve(config, schema)
    check_data(content)
    return json.dumps(content, allow_nan=False)


with ending_in_one_line("".join(sys.argv[2:])):  # after the module whose config it is
    sys.stdout.write(within_budget(resolved, SECONDS, MEGABYTES, ALL_SECONDS))
