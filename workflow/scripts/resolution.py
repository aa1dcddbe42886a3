"""The config on stdin (YAML), as what the rules use on stdout (JSON): before any job, with a budget for every key."""

import json
import sys

import yaml

from duality.config.gallery import resolve_gallery
from duality.config.reading import load_schema
from duality.config.resolution import resolve
from duality.config.sweeps import resolve_sweeps
from duality.config.training import incomplete
from duality.dataset.checks import check_data
from duality.errors import ending_in_one_line
from duality.limits import within_budget

SECONDS, ALL_SECONDS, MEGABYTES = 10, 60, 2000  # of each key; of all
_, schema_file, gallery, of_module = sys.argv  # the last is said before what is told
config, schema = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader), load_schema(schema_file)


def resolved() -> str:
    content = resolve(config, schema)
    check_data(content)
    if incomplete(content["experiments"]):
        from duality.training.plan import complete  # its imports take longer than all else

        complete(content)
    parts = {"sweeps": resolve_sweeps(config, schema), "gallery": resolve_gallery(config, gallery, schema)}
    return json.dumps({**content, **parts}, allow_nan=False)


with ending_in_one_line(of_module):
    sys.stdout.write(within_budget(resolved, SECONDS, MEGABYTES, ALL_SECONDS))
