"""If these fail, a config whose parts do not go together is found late, by Snakemake or by a job."""

import copy

import pytest

from duality.config.resolution import resolve
from duality.errors import InputError


def test_shards_are_bounded_by_the_jobs_that_they_make(small, schema):
    """Of so many jobs Snakemake makes a plan within half a minute: each stored shard is one of every class."""
    small["dataset"]["shards"] = 10_000
    resolve(small, schema)
    small["dataset"]["training_shards"] = 4000
    allowed = "must be few enough for 8000 jobs, not 8192, like training_shards"
    with pytest.raises(InputError, match=f"^config: dataset.shards = 10000: {allowed}$"):
        resolve(small, schema)


def test_a_name_with_braces_would_be_a_wildcard_of_the_report(shipped, schema):
    config = copy.deepcopy(shipped)
    config["losses"]["squared"]["name"] = "mean {squared}"
    with pytest.raises(
        InputError, match=r"losses.squared.name = .* must be a line of printable text without \$, { and }"
    ):
        resolve(config, schema)
