"""If these fail, a run says hundreds of lines, or hides an error among what it does not say."""

import logging

import pytest

from duality.progress import Tenths


def record(event=None, level=logging.INFO, message="x", **more):
    made = logging.LogRecord("snakemake", level, "", 0, message, None, None)
    made.__dict__ |= {**({"event": event} if event else {}), **more}
    return made


@pytest.mark.parametrize(("total", "told"), [(7, 7), (60, 10), (1150, 10)])
def test_of_progress_every_tenth_is_told(total, told):
    filtered = Tenths()
    passed = [done for done in range(1, total + 1) if filtered.filter(record("progress", done=done, total=total))]
    assert len(passed) == told
    assert passed[-1] == total
    assert not filtered.filter(record("progress", done=1, total=total)), "told already"


def test_no_line_is_of_one_job_alone():
    events = ("job_info", "job_started", "job_finished", "run_info", "resources_info", "shellcmd", "group_info")
    assert not [event for event in events if Tenths().filter(record(event))]
    assert not Tenths().filter(record(message="Select jobs to execute..."))


def test_what_is_amiss_and_what_is_said_once_passes():
    for event in ("job_error", "group_error", "error", None):
        for level in (logging.WARNING, logging.ERROR, logging.CRITICAL):
            assert Tenths().filter(record(event, level))
    assert Tenths().filter(record(message="Nothing to be done (all requested files are present and up to date)."))
