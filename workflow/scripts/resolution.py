"""The config on stdin (YAML), as what the rules use on stdout (JSON). The Snakefile runs it before any job.

It is a process of its own because a formula may take for ever, or all memory: every key has a budget here.
"""

import json
import sys

import yaml

from duality.config.reading import load_schema
from duality.config.resolution import resolve
from duality.dataset.checks import check_data
from duality.errors import InputError, ending_in_one_line
from duality.limits import fork_with_budget

SECONDS, MEGABYTES = 10, 2000  # of each key; of all

config, schema = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader), load_schema(sys.argv[1])
ended = fork_with_budget(SECONDS, MEGABYTES, per_step=True)
with ending_in_one_line():
    if ended is None:
        resolved = resolve(config, schema)
        check_data(resolved)
        sys.stdout.write(json.dumps(resolved, allow_nan=False))
    elif ended.spent or ended.status > 1:
        why = f"takes longer than {SECONDS} s" if ended.spent else f"was stopped (status {ended.status})"
        raise InputError(f"config: {ended.step}: working out what follows from it {why}")
sys.exit(0 if ended is None else ended.status)
