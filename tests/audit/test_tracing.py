"""If these fail, a number's way back to the data is not the one that it came, or a fault reaches more than told."""

import re
import shutil
import subprocess
import sys

import pytest
from audited_run import audit
from conftest import ROOT
from mutated_results import EQUILIBRIUM, LEDGER, PAGES, TABLE, X1, edited, flipped, forged

from run import Run
from tracing import reach, trace
from tree import Tree

pytestmark = pytest.mark.slow
NUMBER = "table relu_quartic zeros k_q"


@pytest.fixture
def run(blessed, tmp_path):
    return shutil.copytree(blessed, tmp_path / "run")


def traced(run, *queries, options=()):
    status, _, told = audit(run, *(part for query in queries for part in ("--trace", query)), *options)
    return status, told.get("traces"), told


def test_a_number_of_the_table_goes_back_to_the_data(run):
    status, [found], _ = traced(run, NUMBER)
    assert status == 0
    assert any(text.startswith("results/table/table.md: corrected: 0.") for text in found["printed"])
    assert any(text.startswith("results/table/exponents.csv: k_corrected = 0.") for text in found["cells"])
    assert {TABLE, EQUILIBRIUM, X1, "results/dataset/ones/0.npy"} <= set(found["chain"])
    assert not any("figures" in name or "jumps" in name for name in found["chain"])


@pytest.mark.parametrize("query", ["figure 8", "figure_8", "results/figures/figure_8.png"])
def test_a_figure_does_too(run, query):
    status, [found], _ = traced(run, query)
    assert status == 0
    assert {"results/figures/figure_8.png", "results/jacobian/relu_quartic/curves.csv", X1} <= set(found["chain"])


def test_a_claim_rests_on_what_the_ledger_names(run):
    status, [found], _ = traced(run, "8.12")
    assert status == 0
    assert found["chain"] == [LEDGER, "results/theory/derivations.csv"]
    assert found["printed"][0].startswith("corrected")


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("figure 99", "nothing of figure_99"),
        ("nonsense", "nothing of nonsense"),
        ("table relu_quartic twos k_q", "nothing of relu_quartic, twos"),
        ("table relu_quartic ones k_x", "the table has no column k_x"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(run, query, complaint):
    status, traces, told = traced(run, query)
    assert (status, traces) == (3, None)
    assert complaint in told["stderr"]
    assert told["stderr"].count("\n") == 1


def test_the_verdict_is_that_of_the_chain_and_not_of_all_the_rest(run):
    flipped("results/figures/figure_8.png")(run)
    assert traced(run, NUMBER)[0] == 0
    assert traced(run, "figure 8")[0] == 1
    flipped(X1)(run)
    status, _, _ = traced(run, NUMBER)
    assert status == 1
    command = [sys.executable, ROOT / "audit", "results", "--workflow", ".", "--trace", NUMBER]
    text = subprocess.run(command, cwd=run, capture_output=True, text=True, check=False).stdout
    assert f"  chain     TAMPERED: {X1}: as many bytes, but others" in text
    assert traced(run, "8.12")[0] == 0


def test_a_printed_number_that_is_no_rounding_of_what_is_behind_it_is_found(run):
    """Even where record and manifest were rewritten to fit it, which without a reference nothing else tells of it."""
    name = "results/table/table.md"
    assert traced(run, NUMBER)[1][0]["wrong"] == ""
    edited(name, lambda text: re.sub(r"(\| zeros +\| k_q +\| paper .*?\| )0\.6", r"\g<1>0.7", text))(run)
    forged(run, name)
    status, [found], _ = traced(run, NUMBER)
    assert status == 1
    assert "is no rounding of 0.6" in found["wrong"]
    assert audit(run)[1] == dict.fromkeys(PAGES, "STALE")  # they show what was rewritten


def test_one_broken_file_lists_all_that_it_reaches(run):
    flipped(EQUILIBRIUM)(run)
    reaches = {row["name"]: row["reaches"] for row in audit(run)[2]["artifacts"]}[EQUILIBRIUM]
    assert {"figure_8", "overview", "jumps", "traces/relu_quartic"} <= set(reaches["figures"])
    assert reaches["numbers"] == ["relu_quartic zeros", "relu_quartic ones"]
    assert "figure_8" in reaches["claims"]
    assert "8.12" not in reaches["claims"]


def test_of_several_experiments_only_what_is_meant_is_in_the_chain(tmp_path):
    """A fault in one experiment reaches neither the numbers nor the claims of another."""
    a, b, shared = (f"results/exponents/{name}" for name in ("a/exponents.json", "b/exponents.json", "cross_check.csv"))
    made_from = {a: [], b: [], shared: [a, b], TABLE: [a, b, shared], LEDGER: [a, b]}
    for name in made_from:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / TABLE).write_text("experiment,title,class,k_raw\na,A,zeros,1\nb,B,zeros,2\n", encoding="utf-8")
    pattern = "results/exponents/*/exponents.json"
    claims = f"id,verdict,value,error,paraphrase,evidence,artifact\n1,x,,,p,k of a,{pattern}\n2,x,,,p,all,{pattern}\n"
    (tmp_path / LEDGER).write_text(claims, encoding="utf-8")
    (tmp_path / "results/table/table.md").write_text("", encoding="utf-8")
    artifacts = {name: {"record": name} for name in made_from}
    records = {name: {"inputs": dict.fromkeys(sources, "")} for name, sources in made_from.items()}
    run = Run(Tree(tmp_path / "results"), "", True, artifacts, records)
    assert set(trace(run, "table a zeros k_raw").chain) == {TABLE, a, shared}
    assert set(trace(run, "1").chain) == {LEDGER, a}
    assert set(trace(run, "2").chain) == {LEDGER, a, b}
    assert reach(run, [b])["numbers"] == ["b zeros"]
    assert reach(run, [b])["claims"] == ["2"]
    assert reach(run, [a])["claims"] == ["1", "2"]
