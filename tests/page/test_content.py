"""If these fail, somebody cannot read the page of results: in a browser, on a phone, on paper, by ear or by keys."""

import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from browser import overflow, violations, visited
from measured_results import CLASS, EXPERIMENT, measured
from simulated_results import table_of

from duality.config.settings import Experiment, Prediction
from duality.page.content import Page, html
from duality.page.gallery import Picture
from duality.records.claims import LEDGER
from duality.records.exponents import CROSS_CHECK
from duality.records.record import convert
from duality.records.theory import DERIVATIONS, REGIMES
from duality.table.documents import sheets
from duality.table.numbers import class_rows, failed_rows
from duality.theory.page import laws

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \" ' & {{ 7*7 }} |"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
WHY = "died after 1200 steps: w, change 3.1e9"
# id, kind, verdict, value, error, low, high, fault
CLAIMS = [
    ("2.1", "equation", "corrected", 0.3784, None, None, None, "misprint"),  # a deviation
    ("8.12", "equation", "reproduced", 1.5, 0.1, 1.3, 1.7, ""),
    ("figure_3", "figure", "reproduced", 0.97, 0.01, 0.95, 0.99, ""),
    ("a claim", "sentence", "refuted", -2.0, 0.1, -2.2, -1.8, "substance"),
    ("ours", "ours", "undecided", None, None, None, None, ""),
]


def page_of(resolved, folder, **given):
    """A page of one experiment that is complete and of one that failed; `given` are texts in place of plain ones."""
    said = {"title": "sigmoid", "claim": "The density is p(q̇) ∝ q̇^(-1).", "caption": "What it shows.", **given}
    experiments = convert(resolved["experiments"], dict[str, Experiment], "experiments")
    experiments = {name: experiments[name] for name in (EXPERIMENT, "relu_mse")}
    experiments[EXPERIMENT] = msgspec.structs.replace(experiments[EXPERIMENT], title=said["title"])
    results = measured()
    check = table_of(CROSS_CHECK, experiment=EXPERIMENT, **{"class": CLASS})
    complete = {EXPERIMENT: experiments[EXPERIMENT]}
    rows = class_rows(complete, {EXPERIMENT: results.equilibrium}, {EXPERIMENT: results.exponents}, check)
    failed = failed_rows(experiments, {"relu_mse": given.get("why", WHY)})
    columns = ("id", "kind", "verdict", "value", "error", "low", "high", "fault")
    claims = {name: list(values) for name, values in zip(columns, zip(*CLAIMS, strict=True), strict=True)}
    ledger = table_of(
        LEDGER, **claims, section=8, paraphrase=said["claim"], right_form=said["claim"], evidence=said["claim"],
        note=said["claim"], method="proof", artifact="results/claims/ledger.csv",
        cause=["2.1", "", "", "2.1; a claim", ""],
    )  # fmt: skip
    regimes = table_of(
        REGIMES, experiment=EXPERIMENT, **{"class": said["title"]}, approach="y → ∞", h_leading="∝ exp(-y)",
        condition=said["claim"], k_b_text="1", k_w_text="1", k_q_text="–",
    )  # fmt: skip
    picture = Picture(
        "figure_1", "Figures of the paper", said["title"], PIXEL, said["caption"], said["caption"],
        [folder / "figures/figure_1.png"],
    )  # fmt: skip
    predictions = convert(resolved["predictions"], dict[str, Prediction], "predictions")
    files = [folder / name for name in ("claims/ledger.csv", "theory/theory.md", "figures/figure_1.png", "config.yaml")]
    return Page(
        sheets(predictions, rows, failed, "text", 0.01, 0.01),
        [picture], ledger, regimes, table_of(DERIVATIONS), experiments,
        rows, failed, laws(), files, folder,
    )  # fmt: skip


@pytest.fixture(scope="module")
def written(resolved, tmp_path_factory):
    """Where a page lies."""
    folder = tmp_path_factory.mktemp("results")
    path = folder / "index.html"
    path.write_text(html(page_of(resolved, folder)), encoding="utf-8")
    return path


def test_it_begins_with_the_verdict(browser, written):
    """Counted from the ledger, without laws of our own; before anything else, and with a way to the claims."""
    with visited(browser, written, viewport={"width": 1280, "height": 800}) as page:
        said = page.locator("#verdict").inner_text()
        assert (
            "Of the paper's 4 claims 2 are reproduced as printed and 1 in a corrected form; 1 is refuted, none is"
            in said
        )
        assert page.locator("#verdict").bounding_box()["y"] < 300
        page.click("#verdict a[href='#ledger']")
        assert page.locator("#ledger").bounding_box()["y"] < 400
        page.click("#verdict a.verdict >> text=refuted")
        page.wait_for_selector("#claims tr[hidden]", state="attached")
        assert visible(page) == ["claim-a%20claim"]


def test_a_number_stands_beside_a_claim_only_if_it_says_what_it_is(written):
    """An estimate with its error does; a deviation of a proof is for the evidence to explain."""
    assert "0.3784" not in written.read_text(encoding="utf-8")


def test_evidence_has_titles_for_keys(browser, resolved, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(html(page_of(resolved, tmp_path, claim="k_q of relu_mse, 'zeros'")), encoding="utf-8")
    with visited(browser, path) as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert " of ReLU, mean squared, 'zeros'" in page.inner_text("#claim-8\\.12")


# What is seen of a cell, in pixels of the window: 0 where it is hidden, or cut at a side.
SEEN = """cells => cells.map(cell => {
    const box = cell.getBoundingClientRect(), frame = cell.closest(".wide").getBoundingClientRect();
    const left = Math.max(box.left, frame.left, 0), right = Math.min(box.right, frame.right, innerWidth);
    return right - left >= box.width - 1 ? box.width * box.height : 0;
})"""
# Tables that are wider than their frames, and how many have cells with more in them than they show.
CUT = """frames => frames.filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => `${one.getAttribute("aria-labelledby")}: ${one.scrollWidth} > ${one.clientWidth}`)"""


def every_table_is_whole(browser, path, width):
    with visited(browser, path, viewport={"width": width, "height": 800}) as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.locator(".wide").evaluate_all(CUT) == []
        measured = page.locator("#exponents table").first.locator(
            "td:nth-child(4n), td:nth-child(6n), td:nth-child(8n)"
        )
        assert measured.count() > 1
        assert min(measured.evaluate_all(SEEN)) > 0
        assert overflow(page) == []


@pytest.mark.parametrize("width", [375, 1280])
def test_no_table_is_cut(browser, written, width):
    """Nor is any measured value of the first one out of sight: on a phone a row is a card."""
    every_table_is_whole(browser, written, width)


def test_where_a_table_has_no_room_a_shadow_tells(browser, written):
    """Between phone and desktop: at the right end while there is more, and not at an end that is reached."""
    with visited(browser, written, viewport={"width": 800, "height": 800}) as page:
        frame = page.locator("#exponents .wide").first
        frame.evaluate("one => { one.style.width = '320px'; }")
        box = frame.bounding_box()
        at_the_side = {"x": box["x"] + 300, "y": box["y"] + 100, "width": 20, "height": 4}
        more = page.screenshot(clip=at_the_side)
        frame.evaluate("one => { one.style.background = 'none'; }")
        assert page.screenshot(clip=at_the_side) != more


def test_cards_are_a_table_still(browser, written):
    """Whoever hears the page has rows and columns, with headings, at every width."""
    for width in (375, 1280):
        with visited(browser, written, viewport={"width": width, "height": 800}) as page:
            table = page.get_by_role("table").first
            assert table.get_by_role("row").first.get_by_role("columnheader").count() == 9  # one says why one failed
            assert table.get_by_role("rowheader").count() == table.get_by_role("row").count() - 1
            labels = table.locator("td .label")  # who sees a card has the heading beside each value
            assert labels.evaluate_all("all => all.filter(one => one.offsetHeight > 0).length") == (
                labels.count() if width == 375 else 0
            )
            assert labels.count() > 8
            assert violations(page) == []


def visible(page):
    return [row.get_attribute("id") for row in page.query_selector_all("#claims tbody tr:not([hidden])")]


def test_formulas_of_the_evidence_are_drawn(browser, written):
    """As those of the claim are."""
    with visited(browser, written) as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        evidence = page.locator("#claim-8\\.12 dt", has_text=re.compile("^Evidence$")).locator("+ dd")
        assert evidence.locator("math").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_it_shuts_anybody_out(browser, written, scheme):
    """With the details open, which axe-core would not look into otherwise."""
    with visited(browser, written, color_scheme=scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_it_does_not_scroll_to_the_side(browser, written, width):
    with visited(browser, written, viewport={"width": width, "height": 800}) as page:
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert overflow(page) == []


def test_claims_are_filtered_and_the_link_holds_the_filter(browser, written):
    with visited(browser, written) as page:
        assert len(visible(page)) == len(CLAIMS)
        page.select_option("[name=verdict]", "reproduced")
        assert visible(page) == ["claim-8.12", "claim-figure_3"]
        page.fill("[name=q]", "FIGURE")
        assert visible(page) == ["claim-figure_3"]
        assert page.inner_text("#found") == "1 of 4 claims of the paper and 0 of 1 law of ours"
        link = page.evaluate("location.hash").removeprefix("#")
        page.click("text=Show all")
        page.wait_for_selector("#claims tr[hidden]", state="detached")  # its policy forbids to wait by a function
        assert page.inner_text("#found") == "4 claims of the paper and 1 law of ours"
        assert page.evaluate("location.hash") == "#ledger"
    with visited(browser, written, f"#{link}") as page:
        assert visible(page) == ["claim-figure_3"]
        assert page.input_value("[name=q]") == "FIGURE"


def test_claims_of_the_paper_and_laws_of_ours_are_counted_apart(browser, written):
    """A law of ours that is undecided is no claim of the paper's."""
    with visited(browser, written, "#ledger?verdict=undecided") as page:
        assert visible(page) == ["claim-ours"]
        assert page.inner_text("#found") == "0 of 4 claims of the paper and 1 of 1 law of ours"


def test_a_broken_link_is_a_page_without_a_claim(browser, written):
    """Half of an escaped letter, as a mailer cuts it: `visited` would tell of an exception."""
    with visited(browser, written, "#%E0%A4%A") as page:
        assert len(visible(page)) == len(CLAIMS)


def test_a_picture_can_be_read_on_a_phone_and_opened(browser, written):
    """It scrolls within its own box, by keys too, and the page does not; it leads to its file."""
    with visited(browser, written, viewport={"width": 375, "height": 800}) as page:
        box = page.locator("#figures a.picture")
        assert box.locator("img").bounding_box()["width"] > 700
        assert overflow(page) == []
        box.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)  # the browser scrolls smoothly
        assert box.evaluate("one => one.scrollLeft") > 0
        assert violations(page) == []
        assert box.get_attribute("href") == "figures/figure_1.png"
    with visited(browser, written, viewport={"width": 1280, "height": 800}) as page:
        assert page.locator("#figures a.picture").evaluate("one => one.scrollWidth === one.clientWidth")


def test_claims_are_sorted_by_keys_alone_and_the_link_holds_the_order(browser, written):
    """By numbers, not by letters; what has none comes last."""
    with visited(browser, written) as page:
        page.focus("[data-sort=size] button")
        page.keyboard.press("Enter")
        assert visible(page) == ["claim-a%20claim", "claim-figure_3", "claim-8.12", "claim-2.1", "claim-ours"]
        assert page.get_attribute("[data-sort=size]", "aria-sort") == "ascending"
        page.keyboard.press("Space")
        assert visible(page)[:3] == ["claim-8.12", "claim-figure_3", "claim-a%20claim"]
        assert visible(page)[3:] == ["claim-2.1", "claim-ours"]
        link = page.evaluate("location.hash").removeprefix("#")
    assert link == "ledger?sort=-size"
    with visited(browser, written, f"#{link}") as page:
        assert visible(page)[0] == "claim-8.12"
    with visited(browser, written, "#ledger?sort=nonsense&verdict=nonsense") as page:  # somebody's typing error
        assert visible(page)[0] == "claim-2.1"


@pytest.mark.parametrize("claim", ["figure_3", "a claim"])
def test_a_claim_has_a_link_of_its_own(browser, written, claim):
    with visited(browser, written) as page:
        page.select_option("[name=verdict]", "corrected")  # which hides it
        page.evaluate("address => { location.hash = address }", f"#claim-{claim.replace(' ', '%20')}")
        row = page.wait_for_selector(f"tr[id='claim-{claim.replace(' ', '%20')}']:not([hidden]) details[open]")
        assert row.is_visible()


def test_without_javascript_all_of_it_is_there(browser, written):
    with visited(browser, written, "#claim-8.12", java_script_enabled=False) as page:
        assert page.locator("#claims tbody tr").count() == len(CLAIMS)
        assert not page.locator("#filters").is_visible()


def test_printed_it_has_its_details_and_no_controls(browser, written):
    with visited(browser, written) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert not page.locator("#filters").is_visible()
        assert page.locator("#table-2").is_visible()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert not page.locator("#table-2").is_visible()


def test_formulas_are_mathml(browser, written):
    with visited(browser, written) as page:
        assert page.locator("#theory .formulas math").count() == 4  # f and H of each experiment
        size = page.locator("#theory .formulas mfrac").first.bounding_box()
        assert size["height"] > 20  # numerator above denominator: it is drawn as a formula


def test_a_failed_experiment_says_why(browser, written):
    with visited(browser, written) as page:
        assert WHY in page.locator("main > .failed").inner_text()
        assert page.locator("#exponents table").first.locator("td", has_text=WHY).count() == 2
        assert "1 of 2 experiments came to an equilibrium" in page.inner_text("#equilibria")


@pytest.mark.parametrize("key", ["title", "claim", "caption", "why"])
def test_text_of_config_claims_and_captions_stays_text(browser, resolved, tmp_path, key):
    """No element more than of plain text, and its policy would let no script run but its own."""
    pages = {}
    for name, said in {"plain": "plain", "hostile": HOSTILE}.items():
        pages[name] = tmp_path / f"{name}.html"
        pages[name].write_text(html(page_of(resolved, tmp_path, **{key: said})), encoding="utf-8")
    count = "['script', 'img', '[onerror]'].map(name => document.querySelectorAll(name).length)"
    with visited(browser, pages["plain"]) as page:
        expected = page.evaluate(count)
    with visited(browser, pages["hostile"]) as page:
        page.on("dialog", lambda _: pytest.fail("a script of a text ran"))
        assert page.evaluate(count) == expected
        assert "alert(1)" in page.inner_text("body") or "alert(1)" in page.content()


def test_its_policy_lets_no_other_script_run(browser, written):
    """Even where markup had come in."""
    path = written.with_name("forged.html")
    text = written.read_text(encoding="utf-8").replace("</main>", "<script>document.title = 'forged'</script></main>")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="Content Security Policy"), visited(browser, path) as page:
        assert page.title() != "forged"


def test_the_same_results_make_the_same_page(resolved, written):
    assert html(page_of(resolved, written.parent)) == written.read_text(encoding="utf-8")


def links(text):
    return set(re.findall(r'href="([^"]*)"', text))


def test_without_pictures_and_files_it_leads_to_no_other_file(resolved, tmp_path):
    """Snakemake's report shows it so, where no file lies beside it."""
    text = html(replace(page_of(resolved, tmp_path), pictures=[], files=[]))
    ids = set(re.findall(r'id="([^"]*)"', text))
    assert {"exponents", "ledger", "theory"} <= ids
    assert not {"figures", "downloads"} & ids
    assert {link[0] for link in links(text)} == {"#"}
    assert {link[1:].partition("?")[0] for link in links(text)} <= ids


@pytest.mark.slow
def test_the_page_of_a_run(finished, browser):
    """Every link leads somewhere, every picture is shown, and it has a record like every other result."""
    path = finished / "results/index.html"
    text = path.read_text(encoding="utf-8")
    found = links(text)
    assert {"table/table.csv", "figures/figure_8.svg", "config.yaml"} <= found
    ids = set(re.findall(r'id="([^"]*)"', text))
    for link in found:
        parts = urlsplit(link)
        if parts.path:
            assert not parts.scheme, link
            assert (path.parent / unquote(parts.path)).is_file(), link
        else:
            assert parts.fragment.partition("?")[0] in ids, link
    assert (finished / "results/provenance/index.json").is_file()
    assert '"results/index.html"' in (finished / "results/manifest.json").read_text(encoding="utf-8")
    assert path.stat().st_size < 6e6
    for width in (375, 1280):
        every_table_is_whole(browser, path, width)
    with visited(browser, path, viewport={"width": 390, "height": 844}) as page:
        assert overflow(page) == []
        assert page.locator("figure img").evaluate_all("all => all.every(one => one.naturalWidth > 0)")
