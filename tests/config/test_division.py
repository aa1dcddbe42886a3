"""If these fail, a shard is lost or counted twice, jobs become too many, or more data undo what has been done."""

from hypothesis import given
from hypothesis import strategies as st

from duality.config.division import division

SIZES = st.integers(1, 10_000).flatmap(lambda shards: st.tuples(st.just(shards), st.integers(1, shards)))


def shards_of(divided):
    ranges = [tuple(map(int, batch.split("-"))) for batch in divided["batches"]]
    return [*range(divided["own"]), *(shard for first, last in ranges for shard in range(first, last + 1))]


@given(SIZES)
def test_every_shard_is_in_one_job(sizes):
    assert shards_of(division(*sizes)) == list(range(sizes[0]))


@given(SIZES, st.integers(0, 500))
def test_more_shards_leave_all_jobs_but_the_last(sizes, more):
    shards, training_shards = sizes
    before, after = (division(number, training_shards) for number in (shards, shards + more))
    if before["batches"]:
        assert after["own"] == before["own"]
        assert after["batches"][: len(before["batches"]) - 1] == before["batches"][:-1]


def test_jobs_grow_like_the_logarithm():
    """The default has no further job, sixteen shards have one each, and 10¹⁰ samples have 230."""
    jobs = {shards: len(division(shards, 1)["batches"]) for shards in (1, 2, 16, 66, 4769, 10_000)}
    assert jobs == {1: 0, 2: 0, 16: 14, 66: 48, 4769: 230, 10_000: 264}
