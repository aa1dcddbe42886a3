"""If these fail, the explorer shows wrong numbers, asks the network for something, or cannot be used by somebody."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from browser import overflow, violations
from explored_values import cases, compared
from msgspec.structs import replace

from duality.dataset.density import Gaussian
from duality.explorer import page as page_module
from duality.explorer.page import ASSETS, page
from duality.formulas.compose import compose
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 812}, "is_mobile": True, "has_touch": True}
HOSTILE = "</script><script>alert(1)</script><img src=http://localhost/x onerror=alert(1)>&\"'${1}`"


@pytest.fixture(scope="module")
def numbers(explored, resolved):
    """What the page is asked for, and what Python says to it."""
    return cases(explored, resolved, np.random.default_rng(20240517))


def test_numbers_are_those_of_python(opened, numbers):
    """h, h′, h″, Jacobian, density and local exponent of all pairs and some designed k, to 10⁻⁹ of each value."""
    with opened() as shown:
        counts, wrong = compared(shown, numbers)
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())
    assert sum(counts.values()) >= 200
    assert min(counts.values()) >= 40


@pytest.mark.parametrize(
    ("right", "fault", "seen"),
    [
        (r"return ((y <= 0 ? 0 : 2*y));", "return ((y <= 0 ? 0 : 2.00000001*y));", "h"),
        (r"return ((y <= 0 ? 0 : 2));", "return ((y <= 0 ? 0 : 2.00000001));", "dh"),
        (r"return ((y <= 0 ? 0 : 24*y));", "return ((y <= 0 ? 0 : -24*y));", "d2h"),
        ("this.w * this.dh(y) * s + h * x1 / s);", "this.w * this.dh(y) * s + h * x1);", "jacobian"),
        ("total += this.density(x1)", "total = this.density(x1)", "density"),
        ("const varies = this.w * low + this.b !== this.w * high + this.b;", "const varies = true;", "density"),
        ("ds = x1 / s, d2s", "ds = -x1 / s, d2s", "local_exponent"),
        ("+ 2 * this.w * dh * ds + h * d2s;", "+ 2 * this.w * dh * ds - h * d2s;", "local_exponent"),
        ("d = 1 - state.k;", "d = 1.00000001 - state.k;", "h"),
    ],
)
def test_a_wrong_factor_is_seen(opened, numbers, html, right, fault, seen):
    assert right in html, "the fault cannot be planted"
    with opened(text=html.replace(right, fault)) as shown:
        _, wrong = compared(shown, numbers)
    assert seen in wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("context", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_anybody_can_read_it(opened, context, scheme):
    """No violation that axe-core knows, nothing wider than the window; at a pair, a designed loss, and a wrong link."""
    for link in ("", "#k=1.3", "#w=x"):
        with opened(link, color_scheme=scheme, **context) as shown:
            assert violations(shown) == []
            assert overflow(shown) == []
            assert shown.locator("svg[role=img]").count() == 3
            assert all(shown.locator(f"#{chart} path").count() > 10 for chart in ("density", "exponent", "h"))


@pytest.mark.parametrize("context", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_axis_has_its_title(opened, context):
    with opened(**context) as shown:
        titles = shown.locator("main svg[role=img] .label")
        assert titles.count() == 7  # two of each chart, and x1 above the third
        assert all(titles.nth(index).is_visible() for index in range(7))


def luminance(colour):
    """Of a colour as a browser computes it, relative to white (WCAG 2.2)."""
    shares = np.array(re.findall(r"[\d.]+", colour)[:3], float) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_and_words_stand_out_from_the_paper(opened, scheme):
    """By a contrast of 3 and of 4.5; in the dark the paper is dark. Of charts and of a warning axe-core cannot tell."""
    curves = (".exact", ".jacobian", ".local", ".regime", ".h", ".h.other", "path.dot")
    colours = """curves => curves.map(one => {
        const style = getComputedStyle(document.querySelector(`main svg[role=img] ${one}`));
        return style.stroke === "none" ? style.fill : style.stroke;
    })"""
    words = """["body", "main svg text", "#status"].map(one => {
        const style = getComputedStyle(document.querySelector(one));
        return [style.backgroundColor, one.endsWith("text") ? style.fill : style.color];
    })"""
    with opened("#experiment=relu_mse&w=x", color_scheme=scheme, **DESKTOP) as shown:
        drawn = dict(zip(curves, shown.evaluate(colours, curves), strict=True))
        (paper, ink), (_, axes), (warning, warned) = shown.evaluate(words)
    assert (luminance(paper) < 0.02) == (scheme == "dark")
    assert not {curve: colour for curve, colour in drawn.items() if contrast(paper, colour) < 3}
    assert min(contrast(paper, ink), contrast(paper, axes), contrast(warning, warned)) >= 4.5


def test_sliders_start_at_the_measured_equilibrium(opened, explored):
    with opened() as shown:
        for experiment in explored.experiments:
            shown.select_option("#experiment", experiment.name)
            state = shown.evaluate("state")
            assert (state["w"], state["b"], state["gamma"]) == (
                experiment.start.w,
                experiment.start.b,
                experiment.gamma,
            )
            assert float(shown.input_value("#slider-w")) == pytest.approx(experiment.start.w)
            assert (state["class"], state["sign"]) == (experiment.class_name, experiment.sign)
            assert experiment.title in shown.inner_text("#start")
            assert shown.locator("#experiment option:checked").inner_text() == experiment.title


def test_a_keyboard_is_enough(opened):
    with opened(**DESKTOP) as shown:
        reached = set()
        for _ in range(40):
            shown.keyboard.press("Tab")
            reached.add(shown.evaluate("document.activeElement.id || document.activeElement.name"))
        assert {
            "experiment",
            "activation",
            "loss",
            "slider-w",
            "slider-sd-1",
            "class",
            "sign",
            "reset",
            "link",
        } <= reached
        before, drawn = shown.evaluate("[state.b, document.getElementById('density').innerHTML]")
        shown.focus("#slider-b")
        shown.keyboard.press("ArrowRight")
        shown.wait_for_function("drawn => document.getElementById('density').innerHTML !== drawn", arg=drawn)
        assert shown.evaluate("state.b") > before
        shown.fill("input[data-name='sd-0']", "-1")
        assert shown.get_attribute("input[data-name='sd-0']", "aria-invalid") == "true"
        assert "-1 is not possible" in shown.inner_text("#status")
        assert shown.evaluate("state.sds[0]") == 0.25
        shown.fill("input[data-name='sd-0']", "0.5")
        assert shown.evaluate("state.sds[0]") == 0.5
        assert shown.inner_text("#status") == ""
        shown.click("#reset")
        assert shown.evaluate("[state.sds[0], state.b]") == [0.25, before]


def test_a_link_holds_the_state(opened):
    """To the last digit: another window shows the same picture."""
    with opened(**DESKTOP) as shown:
        shown.check("input[name=mode][value=design]")
        for name, value in {"k": "1.4", "gamma": "0.03", "w": "5.123456789", "mean-1": "0.9", "sd-0": "0.2"}.items():
            shown.fill(f"input[data-name='{name}']", value)
        shown.check("input[name=class][value=ones]")
        shown.check("input[name=sign][value=positive]")
        link = shown.get_attribute("#link", "href")
        shown.wait_for_function("link => location.hash === link", arg=link)
        shown.evaluate("draw()")
        state, picture = shown.evaluate("[state, document.getElementById('density').innerHTML]")
    with opened(link, **DESKTOP) as shown:
        shown.evaluate("draw()")
        again = shown.evaluate("[state, document.getElementById('density').innerHTML]")
        relevant = {key: value for key, value in state.items() if key not in ("activation", "loss")}
        assert {key: again[0][key] for key in relevant} == relevant
        assert again[1] == picture
    assert state["w"] == 5.123456789
    with opened("#activation=none&loss=squared&w=x&sd-0=-1&nonsense=1&sign=positive") as shown:
        told = shown.inner_text("#status")
        assert all(name in told for name in ("activation", "loss", "w", "sd-0", "nonsense"))
        assert shown.evaluate("state.sign") == "positive"


def test_a_link_to_a_pair_that_does_not_go_together_says_why(opened):
    with opened("#activation=relu&loss=cross_entropy&sign=positive") as shown:
        told = shown.inner_text("#status")
        assert all(part in told for part in ("‘ReLU’", "‘cross-entropy’", "undefined", "‘sigmoid’ with ‘mean squared’"))
        assert "does not know" not in told
        assert shown.evaluate("[state.activation, state.loss, state.sign]") == ["sigmoid", "squared", "positive"]


def test_a_redraw_takes_less_than_50_milliseconds(opened):
    """Of the processor's time, of which other processes can take none."""
    for link in ("", "#experiment=relu_quartic", "#k=1.3"):
        with opened(link, **DESKTOP) as shown:
            session = shown.context.new_cdp_session(shown)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})

            def spent(session=session):
                metrics = session.send("Performance.getMetrics")["metrics"]
                return next(one["value"] for one in metrics if one["name"] == "ThreadTime")

            shown.evaluate("() => { for (let i = 0; i < 5; i++) draw(); }")
            before = spent()
            shown.evaluate("() => { for (let i = 0; i < 10; i++) draw(); }")
            assert 0 < (spent() - before) / 10 < 0.05


def test_sampled_fluctuations_have_the_exact_density(opened, explored, resolved):
    """Their counts against the probability of each bin: no bin is off by five errors, nor all together by χ²."""
    experiment = next(one for one in explored.experiments if one.name == "sigmoid_cross_entropy")
    with opened(f"#experiment={experiment.name}") as shown:
        bins, size, decade = shown.evaluate(
            "(() => { const found = computed(state).histogram; return [found.bins, found.size, found.perDecade]; })()"
        )
    composition = compose(**resolved["experiments"][experiment.name]["composition"])
    frozen = Frozen(experiment.start.w, experiment.start.b, experiment.gamma)
    duality = Duality(composition, 0, Gaussian(0.0, 0.25), frozen)
    numbers, counts = np.array(bins).T
    assert counts.sum() == size
    edges = 10.0 ** (np.arange(numbers[0], numbers[-1] + 2) / decade)
    expected = size * duality.probability(edges, -1)[numbers - numbers[0]]
    enough = expected > 25
    z = (counts - expected)[enough] / np.sqrt(expected[enough])
    assert enough.sum() > 40
    assert np.abs(z).max() < 5
    assert (z**2).sum() < enough.sum() + 5 * np.sqrt(2 * enough.sum())


@pytest.mark.parametrize(
    ("link", "ends"),
    [
        ("#activation=ramp&loss=guarded_cross_entropy&class=ones&sign=positive", "begins"),
        ("#activation=ramp&loss=guarded_cross_entropy&class=zeros&sign=negative", "begins"),
        ("#activation=sigmoid&loss=squared&class=ones&sign=positive", "ends"),
        ("#activation=sigmoid&loss=squared&w=0", "begins"),
    ],
)
@pytest.mark.parametrize("beyond", [0.01, 0.05, 0.09])
def test_dots_lie_on_the_line(opened, link, ends, beyond):
    """To the last, wherever in its bin, of a tenth of a decade, the exact density begins or ends."""
    with opened(link) as shown:
        points, counts, exact = shown.evaluate(
            """([ends, beyond]) => {
                const end = ({ branches }) => Math.log10(ends === "begins"
                    ? Math.min(...branches.map(one => one.low)) : Math.max(...branches.map(one => one.high)));
                const before = computed(state), width = 1 / before.histogram.perDecade;
                const off = end(before) - Math.floor(end(before) / width) * width;
                state.gamma *= 10 ** (10 * beyond * width - off);
                const found = computed(state);
                const points = sampledDensity(found);
                return [points.map(one => one.p), found.histogram.bins.map(one => one[1]),
                    points.map(one => Math.log10(found.duality.pdf(10 ** one.q, found.sign)))];
            }""",
            [ends, beyond],
        )
    assert len(points) > 15
    for p, count, line in zip(points, counts, exact, strict=True):
        assert abs(p - line) < 0.03 + 5 / np.log(10) / np.sqrt(count)


def test_where_w_is_0_the_norm_alone_makes_the_density(opened):
    """As the page promises; and where w is so small that digits do not suffice, it says so."""
    with opened("#activation=sigmoid&loss=squared&w=0") as shown:
        assert shown.locator(".message").count() == 0
        assert shown.locator("#density .exact, #exponent .local").count() == 3  # two branches
        assert "on 2 branches" in shown.inner_text("#summary")
        assert "decades" not in shown.inner_text("#regimes")  # no power law is left
        gamma_h = "-state.gamma * modelOf(state, 0).h(state.b)"
        low, high, b_dot = shown.evaluate(f"[...computed(state).range, Math.log10(Math.abs({gamma_h}))]")
        assert low < b_dot < low + 0.1 * (high - low) + 0.2
    with opened("#activation=sigmoid&loss=squared&w=1e-15") as shown:
        assert set(shown.locator(".message").all_text_contents()) == {"to rounding, y is the same for all x1"}


def test_regimes_are_shown_with_where_they_are_seen(opened):
    """Of the ReLU with the quartic loss, whose k_q is 2/3 near the zero of h and 3/4 far from it."""
    with opened("#experiment=relu_quartic") as shown:
        cells = "rows => rows.map(row => [...row.cells].map(cell => cell.lastElementChild.textContent))"
        rows = shown.locator("#regimes tr").evaluate_all(cells)
    k_q = {row[5] for row in rows}
    assert {"2/3", "3/4"} <= k_q
    decades = [float(row[6].split()[0]) for row in rows if row[5] == "2/3" and "decades" in row[6]]
    assert sum(wide > 5 for wide in decades) == 1  # of limits with one exponent, that on whose side of y it is seen


def test_of_two_limits_with_one_exponent_the_one_that_is_seen_is_told(opened):
    """h of the quartic loss on ReLU vanishes at 1 for 'ones': 2/3 on both sides of it, and data on each side."""
    with opened("#experiment=relu_quartic&class=ones") as shown:
        found = {}
        for sign in ("negative", "positive"):
            shown.check(f"input[name=sign][value={sign}]")
            shown.evaluate("draw()")
            told = "(shown => regimesOf(state).map(row => [row, widest(shown, row)]))(computed(state))"
            regimes = shown.evaluate(told)
            found[sign] = {row["approach"]: seen for row, seen in regimes if row["k_q_text"] == "2/3" and seen}
    decades = {sign: {limit: high - low for limit, (low, high) in seen.items()} for sign, seen in found.items()}
    assert decades["negative"]["y → 1⁺"] > 10
    assert decades["negative"].get("y → ∞", 0) < 1  # the same exponent, on the same stretch
    assert [limit for limit, wide in decades["positive"].items() if wide > 1] == ["y → 1⁻"]


def test_formulas_are_drawn(opened):
    with opened("#experiment=relu_mse", **DESKTOP) as shown:
        assert shown.locator("#formula math").count() == 2
        assert "**" not in shown.inner_text("main")
        shown.evaluate("document.querySelectorAll('.hidden').forEach(one => one.remove())")  # heard, not seen
        assert "k_" not in shown.inner_text("main")
        assert "k_" not in shown.locator("#exponent").text_content()


@pytest.mark.parametrize("context", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_formula_is_cut(opened, explored, context):
    """A line of a long one ends before a term, and no term is lost."""
    written = re.compile(r"<[^>]*>")
    for pair in (pair for pair in explored.pairs if not pair.refused):
        with opened(f"#activation={pair.activation}&loss={pair.loss}", **context) as shown:
            formulas = shown.locator("#formula > span")
            assert formulas.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length") == 0
            drawn = (explored.activations[pair.activation]["drawn"], explored.losses[pair.loss]["drawn"])
            assert formulas.all_text_contents() == [unescape(written.sub("", one)) for one in drawn]


def test_losses_of_one_name_are_told_apart_by_what_their_keys_have_more(explored):
    names = [part["name"] for part in explored.losses.values()]
    assert {"cross-entropy", "cross-entropy (guarded)"} <= {*names}
    assert len({*names}) == len(names)


@pytest.mark.parametrize("context", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_number_and_no_table_is_cut(opened, explored, context):
    """Every digit of a field is seen, and on a phone every cell of the regimes, without scrolling to the side."""
    for experiment in explored.experiments:
        with opened(f"#experiment={experiment.name}", **context) as shown:
            fields = shown.locator("input[type=number]:visible")
            assert fields.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length") == 0
            wide = shown.locator(".scroll, caption, .caption")
            assert wide.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length") == 0


def test_it_leads_back_to_the_page(opened):
    with opened() as shown:
        assert shown.get_attribute("nav a", "href") == "index.html"


def test_names_and_formulas_of_a_config_are_text(opened, explored):
    """However they are called, they make no element and run no code."""
    activations = {key: {**part, "name": HOSTILE, "formula": HOSTILE} for key, part in explored.activations.items()}
    classes = [replace(one, name=f"{HOSTILE}{one.x2}", gaussian=False) for one in explored.classes]
    experiments = [
        replace(one, name=HOSTILE, title=HOSTILE, class_name=classes[0].name) for one in explored.experiments
    ]
    changed = replace(
        explored, activations=activations, classes=classes, experiments=experiments, failed={f"{HOSTILE}2": HOSTILE}
    )
    with opened(text=page(changed)) as shown:
        assert shown.locator("img").count() == 0
        assert HOSTILE in shown.inner_text("#activation")
        assert HOSTILE in shown.inner_text("#summary")


def test_an_experiment_that_failed_is_named_with_the_reason(opened, explored):
    changed = replace(explored, experiments=[], failed={"ReLU, mean squared": "died after 1200 steps: w, change 3.1e9"})
    with opened(text=page(changed)) as shown:
        option = shown.locator("#experiment option", has_text="died after 1200 steps")
        assert option.is_disabled()
        assert shown.locator("#density path").count() > 10


def test_what_a_config_does_not_allow_is_not_offered(opened):
    with opened() as shown:
        shown.select_option("#activation", "relu")
        refused = shown.locator("#loss option:disabled")
        assert refused.count() == 1
        assert "undefined" in refused.get_attribute("title")


def test_a_change_of_text_style_or_program_is_a_change_of_the_rule():
    """The rule has the digests of these files, which are no modules."""
    folder = Path(page_module.__file__).parent
    assert sorted(path.name for path in folder.glob("explorer.*")) == sorted(ASSETS)


def test_the_page_says_what_its_program_does(html):
    """Numbers that stand in the text and in the program."""
    samples = int(re.search(r"const SAMPLES = (\d+);", html)[1])
    assert f"{samples:,} numbers x1" in html
    reach = re.search(r"const REACH = (\d+);", html)[1]
    assert f"beyond {reach} standard deviations" in html.replace("\n", " ")
    assert json.loads(re.search(r'id="content">(.*)</script>', html)[1])["tolerance"] == 0.1
