"""If these fail, the site of the docs is broken, asks the network for something, or tells what is not so."""

import ast
import json
import re
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

import pandas as pd
import pytest
import yaml
from browser import overflow
from conftest import ROOT
from sphinx.errors import SphinxError

from duality.claims.documents import counts, faults
from duality.conventions import PAPER
from duality.fits.multiple_tests import holm
from duality.records.claims import LEDGER

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Of each kind of page one: what README shows, prose, formulas, long lists, wide tables, the library.
VISITED = [
    *("index", "tutorial", "findings", "science", "mutations", "generated/theory", "generated/ledger"),
    *("generated/configuration", "generated/results", "generated/api/fits"),
]


@dataclass
class Shown(HTMLParser):
    """What a page holds: its ids, where it leads, and what a browser fetches for it."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    formulas: int = 0

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in ("script", "img", "iframe", "source", "video", "audio", "object", "embed") or (
            tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload", "modulepreload", "preconnect")
        ):
            self.fetched += [found[key] for key in ("src", "href", "data", "srcset") if found.get(key)]
        self.formulas += tag == "math"


def read(path):
    shown = Shown()
    shown.feed(path.read_text(encoding="utf-8"))
    return shown


def broken(site):
    """The links and files of a site's pages that lead nowhere within it; addresses elsewhere are not asked."""
    pages = {path.resolve(): read(path) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        for link in [*page.links, *page.fetched]:
            if re.match(r"[a-z]+:|//", link):
                continue
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name.partition("?")[0]).resolve() if name else path
            there = target.is_file() and (not anchor or target not in pages or anchor in pages[target].ids)
            if not there:
                found.append(f"{path.relative_to(site.resolve())}: {link}")
    return found


def from_elsewhere(site):
    """What a page or a style sheet would have from another place than the site."""
    found = []
    for path in site.rglob("*.html"):
        found += [
            f"{path.name}: {name}" for name in read(path).fetched if re.match(r"([a-z]+:)?//|[a-z]+:(?!image)", name)
        ]
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        found += [
            f"{path.name}: {name}"
            for name in re.findall(r"""(?:@import|url\()\s*["']?((?:[a-z]+:)?//[^"')\s]+)""", text)
        ]
    return found


@pytest.fixture(scope="module")
def site():
    """The site, built as `make docs` builds it: a warning is an error."""
    command = ["make", "-o", ".venv/developing", "docs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "docs/_build/html"


@pytest.mark.slow
def test_no_link_within_the_site_is_broken(site):
    assert broken(site) == []
    assert len(list(site.rglob("*.html"))) > 40


@pytest.mark.slow
def test_nothing_comes_from_elsewhere(site):
    assert from_elsewhere(site) == []


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ('<a href="other.html">', [broken]),
        ('<a href="#nowhere">', [broken]),
        ('<a href="index.html#nowhere">', [broken]),
        ('<img src="none.png">', [broken]),
        ('<script src="https://example.org/mathjax.js"></script>', [from_elsewhere]),
        ('<link rel="stylesheet" href="//example.org/font.css">', [from_elsewhere]),
    ],
)
def test_faults_of_a_page_are_found(tmp_path, fault, found):
    (tmp_path / "index.html").write_text(f'<p id="here"><a href="#here"></a>{fault}</p>', encoding="utf-8")
    assert [check for check in (broken, from_elsewhere) if check(tmp_path)] == found


@pytest.mark.slow
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_ask_for_nothing_and_fit_the_screen(site, browser, viewport):
    """Opened from files, as somebody does who was given the folder."""
    base, told = site.resolve().as_uri(), []
    visit = browser.new_context(viewport=viewport)
    page = visit.new_page()
    page.on("request", lambda one: None if one.url.startswith((base, "data:")) else told.append(f"request: {one.url}"))
    page.on("requestfailed", lambda one: told.append(f"failed: {one.url}"))
    page.on("console", lambda one: told.append(f"{one.type}: {one.text}"))
    page.on("pageerror", lambda one: told.append(f"exception: {one}"))
    for name in VISITED:
        page.goto(f"{base}/{name}.html")
        told += [f"{name}: {one}" for one in overflow(page)]
        if name in ("science", "generated/theory"):  # drawn, not spelled out
            fractions = "[...document.querySelectorAll('mfrac')].map(one => one.getBoundingClientRect().height)"
            assert max(page.evaluate(fractions)) > 30, name
    page.goto(f"{base}/search.html?q=equilibrium")
    page.wait_for_selector("#search-results li a", timeout=60_000)
    visit.close()
    assert told == []


@pytest.mark.slow
def test_the_first_page_shows_its_tables_whole(site, browser):
    """All columns of the measured exponents, which a table that scrolls would hide."""
    cut = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1)
        .map(one => `${one.scrollWidth} > ${one.clientWidth}`)"""
    visit = browser.new_context(viewport=DESKTOP)
    page = visit.new_page()
    page.goto(f"{site.resolve().as_uri()}/index.html")
    tables = page.locator(".table-wrapper")
    assert tables.count() == 2
    assert tables.evaluate_all(cut) == []
    visit.close()


@pytest.mark.slow
def test_every_key_of_the_config_has_an_entry(site, shipped):
    """Found by walking the config that is shipped, not the schema that the page is made from."""
    text = (site / "generated/configuration.html").read_text(encoding="utf-8")
    named = [re.sub("<[^>]+>", "", one) for one in re.findall(r"<dt>(.*?)</dt>", text, re.S)]
    named += re.findall(r"<h2>(\w+)<", text)
    patterns = [re.compile(re.sub(r"&lt;\w+&gt;", r"[^.]+", name.strip())) for name in named]
    free = re.compile(r"(sweeps\.\w+|gallery)\.overlay\..*")  # is a config itself

    def walk(values, path):
        for key, value in values.items():
            yield f"{path}{key}"
            if isinstance(value, dict):
                yield from walk(value, f"{path}{key}.")

    paths = [path for path in walk(shipped, "") if not free.fullmatch(path)]
    assert len(paths) > 200
    assert [path for path in paths if not any(one.fullmatch(path) for one in patterns)] == []


@pytest.mark.slow
def test_every_claim_has_an_anchor_and_its_verdict(site):
    verdicts = LEDGER.read(ROOT / "reference/run/claims/ledger.csv").set_index("id")["verdict"]
    text = (site / "generated/ledger.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r'id="claim-([^"]+)".*?</span> — ([a-z ]+)', text))
    claims = [claim["id"] for claim in yaml.safe_load((ROOT / "claims.yaml").read_text(encoding="utf-8"))]
    assert {name: shown[re.sub("[._]", "-", name.lower())] for name in claims} == {
        name: verdicts[name] for name in claims
    }


@pytest.mark.slow
def test_formulas_are_drawn(site, resolved):
    theory = read(site / "generated/theory.html")
    titles = {experiment["title"] for experiment in resolved["experiments"].values()}
    assert {re.sub(r"\W+", "-", title).lower() for title in titles} <= set(theory.ids)
    assert theory.formulas > 5 * len(titles)
    ledger = (site / "generated/ledger.html").read_text(encoding="utf-8")
    assert "w_ij" not in ledger
    evidence = re.findall(r"<em>Evidence:</em>(.*?)</p>", ledger, re.S)
    assert sum("<math>" in one for one in evidence) > 0.6 * len(evidence)
    assert "piecewise_linear_cross_entropy" not in "".join(evidence), "experiments have titles"
    for path in site.rglob("*.html"):
        without_code = re.sub(r"<(pre|code|script)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"\$\$|\\(frac|dot|left|begin)\b", without_code), path


def test_what_cannot_be_drawn_ends_the_build(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    from mathml import mathml

    assert "<mfrac>" in mathml(r"\frac{1}{2}", "block")
    for formula in (r"\nosuchmacro{y}", r"\frac{1}"):
        with pytest.raises(SphinxError):
            mathml(formula, "inline")


@pytest.mark.slow
def test_every_public_name_of_the_library_is_documented(site):
    ids = {name for path in (site / "generated/api").glob("*.html") for name in read(path).ids}
    missing, found = [], []
    for path in sorted((ROOT / "workflow/scripts/duality").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "workflow/scripts").with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                (found if f"{module}.{node.name}" in ids else missing).append(f"{module}.{node.name}")
    assert missing == []
    assert len(found) > 300


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_shows_the_exponents_of_the_reference(monkeypatch, shipped):
    monkeypatch.syspath_prepend(ROOT / "docs")
    from pages.first_screen import predicted_and_measured

    file = ROOT / "reference/run/table/exponents.csv"
    table = predicted_and_measured(shipped, file)
    assert len(table.splitlines()) == 2 + 5
    assert table in readme(), f"README's table is to be:\n{table}"
    exponents = pd.read_csv(file)
    shown = exponents[(exponents["window"] == PAPER) & exponents["exponent"].isin(["k_b", "k_q"])]
    told = re.search(r"None of the (\d+) numbers is\s+more than ([\d.]+) errors from", readme())
    assert int(told[1]) == len(shown)
    furthest = shown["k_corrected_z"].abs().max()
    assert float(told[2]) - 0.1 <= furthest <= float(told[2])


def test_readme_tells_the_verdict_of_the_ledger():
    ledger = LEDGER.read(ROOT / "reference/run/claims/ledger.csv")
    of_all = counts(ledger).loc["all"]
    kinds = re.search(r"(\d+) are misprints, (\d+) imprecisions, and (\d+) matters of substance", faults(ledger))
    told = " ".join(readme().split())
    assert (
        f"Of its {of_all['all']} claims {of_all['reproduced']} are reproduced as printed and {of_all['corrected']} in "
        f"a corrected form, {kinds[1]} of these for a misprint, {kinds[2]} for an imprecision and {kinds[3]} in "
        "substance; "
        f"none is refuted, {of_all['undecided']} is undecided, {of_all['not tested']} are not tested, and "
        f"{of_all['not testable']} are definitions."
    ) in told
    assert of_all["refuted"] == 0
    assert ledger.set_index("id").loc["figure_6", "verdict"] == "undecided"  # "too narrow to show its power law"


def test_how_many_windows_reject_a_bare_power_law_is_counted():
    """README and findings say on how many windows of all, and how near the exact density is to being rejected."""
    p_values = pd.read_csv(ROOT / "reference/run/table/exponents.csv")["ks_p_raw"].dropna()
    of_all, at_least = f"{(p_values < 0.01).sum()} of {len(p_values)} windows", (p_values <= 1 / 1000).sum()
    assert f"on {of_all} a bare power law is rejected" in " ".join(readme().split())
    findings = " ".join((ROOT / "docs/findings.md").read_text(encoding="utf-8").split())
    assert f"rejected on {of_all}" in findings
    assert f"on {at_least} of them none of 999" in findings
    density = LEDGER.read(ROOT / "reference/run/claims/ledger.csv").set_index("id").loc["duality_density_measured"]
    assert "0 are below 0.01; smallest: cells of piecewise_linear_cross_entropy 'zeros'" in density["evidence"]
    assert "30 p-values, corrected by Holm as one family" in density["evidence"]
    of_the_table = holm(pd.read_csv(ROOT / "reference/run/table/table.csv")["chi2_p"].to_numpy())
    assert (
        "The smallest p of 30 χ² tests is that of the cells of Fig. 6: "
        f"{density['value']:.2g} by Holm over the 30, which the ledger judges, and "
        f"{of_the_table.min():.2g} by Holm over the {len(of_the_table)} of the table"
    ) in findings


def test_readme_begins_with_what_a_person_looks_for():
    """Before the first heading: a sentence, the picture, the table, one command, what to expect, the verdict."""
    first = readme().partition("<!-- the first screen ends here -->")[0]
    places = [
        first.index(words)
        for words in ("figures/figure_2.png", "| H(y)", "git clone", "make reproduce", "GB", "Does the paper hold?")
    ]
    assert places == sorted(places)
    assert "\n## " not in first
    assert len(re.findall(r"^\|.*\.png", first, re.M)) == 1, "pictures are in one row, so that what follows is seen"
    headings = re.search(r"^\|(.*)\|\n\|---.*\n\|.*\.png", first, re.M)[1].split("|")
    assert len(headings) == 3
    assert len({re.sub(r"[\d/]+ $", "", one) for one in headings}) == 1, "equal ones make equal pictures"
    verdict = " ".join(re.search(r"\*\*Does the paper hold\?\*\* (.*?)\n\n", first, re.S)[1].split())
    assert len(re.findall(r"\.(?= [A-Z*]|$)", verdict)) == 3, "the verdict is three sentences"
    assert "png`" not in first, "a picture is a link"
    assert "(reference/run/figures/overview.png)" in first


def test_archives_and_readers_are_told_the_same():
    """Zenodo takes its file, and everybody else CITATION.cff."""
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert zenodo["title"] == cited["title"]
    assert zenodo["upload_type"] == cited["type"]
    assert [one["name"] for one in zenodo["creators"]] == [one["name"] for one in cited["authors"]]
    assert (zenodo["version"], zenodo["license"]) == (cited["version"], cited["license"])
    assert zenodo["publication_date"] == cited["date-released"].isoformat()
    (paper,) = zenodo["related_identifiers"]
    assert paper["identifier"] == cited["references"][0]["identifiers"][0]["value"]


def test_other_services_run_what_a_person_runs():
    """GitHub and pre-commit call make's targets and tools, and the catalog names a folder that is there."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    called = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert called == ["make check", "make test", "make docs"]
    assert all(re.search(rf"^{line.removeprefix('make ')}:", makefile, re.M) for line in called)
    assert jobs["tests"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repository["hooks"]:
        tool = " ".join(word for word in hook["entry"].removeprefix(".venv/bin/").split() if not word.startswith("--"))
        assert f"$(BIN)/{tool}" in makefile, hook["id"]
    catalog = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    folder = re.search(r"--directory (\w+)", catalog["mandatory-flags"]["desc"])[1]
    assert (ROOT / folder / "config.yaml").is_file()
    # Standardized usage is deployment by URL; whoever makes these two files is to tell so.
    standardized = all((ROOT / name).is_file() for name in ("workflow/Snakefile", "config/README.md"))
    imported = " ".join((ROOT / "docs/import.md").read_text(encoding="utf-8").split())
    assert standardized != ("not under *standardized usage*" in imported)
    assert standardized != ("a deployment by URL does not work" in catalog["mandatory-flags"]["desc"])
    assert "pre-commit install" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_what_is_built_is_not_committed():
    built = ["docs/_build/html/index.html", "docs/generated/ledger.md"]
    told = subprocess.run(
        ["git", "check-ignore", *built, "docs/conf.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == built


def test_readme_and_the_pages_lead_to_files():
    """Also who reads them without the site."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    lost = []
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = target.partition("#")[0]
            if path and "://" not in path and not (page.parent / path).exists():
                lost.append(f"{page.name}: {target}")
    assert lost == []
