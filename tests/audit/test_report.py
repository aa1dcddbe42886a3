"""If these fail, a program cannot read the verdicts, or what a stranger wrote into a file name runs on a page."""

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from audited_run import audit
from conftest import ROOT
from mutated_results import EQUILIBRIUM, flipped

pytestmark = pytest.mark.slow
HOSTILE = "results/<img src=x onerror=alert(1)>\x1b[31m.csv"


@pytest.fixture
def run(blessed, tmp_path):
    return shutil.copytree(blessed, tmp_path / "run")


class Page(HTMLParser):
    """The tags of a page, what they refer to, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.references, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.references += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_holds_all_and_needs_nothing_from_elsewhere(run):
    flipped(EQUILIBRIUM)(run)
    (run / HOSTILE).write_text("x", encoding="utf-8")
    audit(run, "--html", "page.html", "--trace", "figure 8")
    page = Page((run / "page.html").read_text(encoding="utf-8"))
    assert page.references == []
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert page.tags.count("svg") == 1
    assert page.tags.count("rect") > 15
    assert page.tags.count("path") >= page.tags.count("rect") - 2
    text = " ".join(page.texts)
    assert "failed" in text
    assert "reaches 2 numbers relu_quartic zeros, relu_quartic ones" in text
    assert "<img src=x onerror=alert(1)>\N{REPLACEMENT CHARACTER}[31m.csv" in text


def test_junit_has_a_case_for_each_artifact(run):
    flipped("results/index.html")(run)
    (run / HOSTILE).write_text("x", encoding="utf-8")
    _, _, told = audit(run, "--junit", "audit.xml")
    suite = ElementTree.parse(run / "audit.xml").getroot()
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(told["artifacts"])
    [failure] = suite.findall("testcase[failure]")
    assert failure.get("name") == "results/index.html"
    assert failure.get("classname") == "page"
    assert failure.find("failure").get("message").startswith("TAMPERED: ")
    assert [suite.get(name) for name in ("failures", "skipped")] == ["1", "1"]


def test_the_text_tells_cause_reach_and_fix_in_a_few_lines(run):
    flipped(EQUILIBRIUM)(run)
    (run / HOSTILE).write_text("x", encoding="utf-8")
    command = [sys.executable, ROOT / "audit", "results", "--workflow", "."]
    told = subprocess.run(command, cwd=run, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    lines = told.stdout.splitlines()
    assert len(lines) < 30
    cause = next(line for line in lines if line.startswith("TAMPERED"))
    assert f"[delete it; snakemake --cores all {EQUILIBRIUM}]" in cause
    assert any("reaches figures: figure_8, jumps" in line for line in lines)
    assert lines[-1] == "failed"
    assert "\x1b" not in told.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere"],
        ["results", "--nonsense"],
        ["results", "--reference", "nowhere"],
        ["results", "--signers", "x"],
        ["results", "--config", "nowhere.json"],
    ],
)
def test_what_it_cannot_do_is_status_three(blessed, arguments):
    command = [sys.executable, ROOT / "audit", *arguments]
    told = subprocess.run(command, cwd=blessed, capture_output=True, text=True, check=False)
    assert told.returncode == 3
    assert told.stderr
    assert "Traceback" not in told.stderr
