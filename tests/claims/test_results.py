"""If these fail, claims are checked on other results than the stages wrote, or on those of what failed."""

from dataclasses import replace

import pandas as pd
import pytest
from judged_claims import K, verdict
from measured_results import measured
from simulated_results import LEAST, RULES, jump_summary, results_of, table_of

from duality.claims.checks import Missing
from duality.claims.ledger import CHECKS
from duality.claims.results import ExperimentResults, Results
from duality.errors import InputError
from duality.failures import write_failure
from duality.records.exponents import RIVALS, SENSITIVITY, Exponents
from duality.records.fluctuations import SHARD_SUMMARY
from duality.records.jumps import JUMP_DISTANCES, Jumps
from duality.records.record import write
from duality.records.theory import DERIVATIONS
from duality.records.training import Equilibrium
from duality.verdicts import REPRODUCED


def test_results_are_read_as_the_stages_write_them(tmp_path):
    """Every shard of a class under its own name, and every file by its record: another one is refused."""
    made, simulated = measured(), results_of(jumps=jump_summary(0.004, 0.005)).experiments["e"]
    files = {
        name: tmp_path / name
        for name in ("equilibrium.json", "exponents.json", "jumps.json", "d.csv", "r.csv", "s.csv")
    }
    paths = list(files.values())
    write(made.equilibrium, paths[0], Equilibrium)
    write(made.exponents, paths[1], Exponents)
    write(simulated.jumps, paths[2], Jumps)
    JUMP_DISTANCES.write(simulated.distances, paths[3])
    RIVALS.write(made.rivals, paths[4])
    SENSITIVITY.write(made.sensitivity, paths[5])
    experiment = ExperimentResults.read(*paths)
    assert (experiment.equilibrium, experiment.exponents) == (made.equilibrium, made.exponents)
    assert experiment.jumps == simulated.jumps
    pd.testing.assert_frame_equal(experiment.rivals, made.rivals)
    with pytest.raises(InputError, match=r"exponents\.json"):
        ExperimentResults.read(paths[1], *paths[1:])

    DERIVATIONS.write(table_of(DERIVATIONS, id="2.1", printed=True), tmp_path / "derivations.csv")
    samples = {"class": ["a", "a", "b"], "shard": [0, 1, 0], "n": 10, "mean": [0.0, 1.0, 2.0], "sd": 1.0}
    SHARD_SUMMARY.write(table_of(SHARD_SUMMARY, **samples, min=0.0, max=1.0), tmp_path / "samples.csv")
    results = Results.read(
        tmp_path / "derivations.csv", {"e": tmp_path / "samples.csv"}, {"e": experiment}, None, RULES, LEAST
    )
    assert {name: found["mean"].tolist() for name, found in results.shards.items()} == {"a": [0, 1], "b": [2]}
    assert verdict("derivation", results, id="2.1") == REPRODUCED


def test_of_what_failed_nothing_is_tested_and_the_ledger_says_why(tmp_path):
    """Claims on it, alone or among others, are not tested; on those that are complete they are."""
    failed = {"dead": "died after 3 steps: x, change y"}
    results = replace(results_of(), failed=failed)
    for check, about in (
        ("accuracy", {"experiments": ["e", "dead"], "at_least": 0.5, "quantifier": "all"}),
        ("exponent", {**K, "experiment": "dead"}),
    ):
        with pytest.raises(Missing, match=r"^dead died after 3 steps: x, change y$"):
            CHECKS[check].of_claim(about)(results)
    samples = {"class": ["a"], "shard": [0], "n": 10, "mean": [2.0], "sd": 1.0}
    DERIVATIONS.write(table_of(DERIVATIONS, id="2.1", printed=True), tmp_path / "derivations.csv")
    SHARD_SUMMARY.write(table_of(SHARD_SUMMARY, **samples, min=0.0, max=1.0), tmp_path / "e.csv")
    write_failure(failed["dead"], tmp_path / "dead.csv")
    files = {"dead": tmp_path / "dead.csv", "e": tmp_path / "e.csv"}
    found = Results.read(tmp_path / "derivations.csv", files, results.experiments, None, RULES, LEAST)
    assert found.failed == failed
    assert found.shards["a"]["mean"].tolist() == [2.0]
    del files["e"]
    assert Results.read(tmp_path / "derivations.csv", files, {}, None, RULES, LEAST).shards == {}
