"""The config on stdin (YAML), as what the rules use on stdout (JSON): before any job, with a budget for every key."""

import json
import sys

import yaml

from duality.config.reading import load_schema
from duality.errors import ending_in_one_line
from duality.limits import within_budget
from duality.training.whole_config import whole_config

SECONDS, ALL_SECONDS, MEGABYTES = 10, 60, 2000  # of each key; of all
_, schema_file, gallery, of_module = sys.argv  # the last is said before what is told
config, schema = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader), load_schema(schema_file)


def resolved() -> str:
    return json.dumps(whole_config(config, schema, gallery), allow_nan=False)


with ending_in_one_line(of_module):
    told = within_budget(resolved, SECONDS, MEGABYTES, ALL_SECONDS).encode()
    with open(
        sys.stdout.fileno(), "wb"
    ) as stdout:  # all of it, also where a signal interrupts and Python does not buffer
        stdout.write(told)
