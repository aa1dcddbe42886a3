"""How the shards are divided among jobs, so that these do not become as many as the shards."""

from typing import Any

_OF_ONE_SIZE = 32


def division(shards: int, training_shards: int) -> dict[str, Any]:
    """Which shards an experiment's own job extracts, and which further jobs do.

    The job of an experiment takes those that training saw, and as many that it did not see. Of the others the first 32
    are a job each, the next 32 jobs have two each, the next 32 four, and so on: jobs grow like the logarithm of the
    data. More shards leave all jobs but the last as they are.

    Returns
    -------
    dict
        own, the number of the shards that the job of an experiment extracts, the first ones; and batches, the others as
        texts such as "66-67".
    """
    own = min(2 * training_shards, shards)
    batches: list[str] = []
    first = own
    while first < shards:
        size = 2 ** (len(batches) // _OF_ONE_SIZE)
        last = min(first + size, shards) - 1
        batches.append(f"{first}-{last}")
        first = last + 1
    return {"own": own, "batches": batches}
