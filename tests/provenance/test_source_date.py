"""If these fail, a wrong SOURCE_DATE_EPOCH is a traceback of a library, or a date that nobody meant."""

import os
import subprocess

import pytest
from conftest import ROOT, command

from duality.errors import InputError
from duality.provenance.source_date import source_date


def test_it_is_seconds_since_1970_in_utc():
    assert source_date(None) is None
    assert source_date("0") == "1970-01-01T00:00:00+00:00"
    assert source_date("1767225599") == "2025-12-31T23:59:59+00:00"


@pytest.mark.parametrize("epoch", ["", "now", "1.5", "-1", "٣", "1 ", "1\n", "9" * 15, "9" * 5000])
def test_a_bad_one_is_told(epoch):
    with pytest.raises(
        InputError, match="SOURCE_DATE_EPOCH must be a whole number of seconds since 1970, not '"
    ) as told:
        source_date(epoch)
    assert len(str(told.value)) < 150


def test_a_bad_one_is_one_line_before_anything_starts(tmp_path):
    """NumPy reads it when it is imported."""
    arguments = command("-n", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(tmp_path))
    environment = os.environ | {"SOURCE_DATE_EPOCH": "soon"}
    result = subprocess.run(arguments, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    told = [line for line in result.stderr.splitlines() if "profile" not in line]
    assert told == ["SOURCE_DATE_EPOCH must be a whole number of seconds since 1970, not 'soon'"]
