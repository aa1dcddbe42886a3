"""If these fail, the page of theory leaves out what was checked, or says what no check found."""

import importlib
import pkgutil
from types import ModuleType

import pandas as pd
import pytest

from duality import derivations as derivations_package
from duality.derivations import sections
from duality.records import DERIVATIONS, REGIMES
from duality.theory import page as theory
from duality.theory.regimes import regimes_table
from duality.verdicts import CORRECTED, NOT_TESTABLE, REFUTED, REPRODUCED, Finding


def module(name, **functions):
    """A module with these functions, as if they were written in it."""
    made = ModuleType(name)
    for key, function in functions.items():
        function.__module__ = name
        setattr(made, key, function)
    return made


@pytest.fixture
def checked():
    """Two stub modules: what `collect` must find in them, in their order, and what it must not take for a check."""
    first = module(
        "first",
        equation_6_3=lambda: Finding(True, "both sides agree", "proof"),
        equation_8_15_ones=lambda: Finding(False, "|x1| is too small", "50 digits", True, "|x1| ≫ 1", 0.5, 0.1),
        helper=lambda: None,
    )
    first.equation_9_9 = pytest.approx  # imported from elsewhere
    second = module("second", statement_accuracy=lambda: Finding(False, "it is not", "simulation"))
    return {"6 Emergent criticality": first, "10 Discussion": second}


def test_every_check_of_every_module_is_called_once_in_its_order(checked):
    found = sections.collect(checked)
    assert found["id"].tolist() == ["6.3", "8.15 ones", "accuracy"]
    assert found["section"].tolist() == ["6 Emergent criticality", "6 Emergent criticality", "10 Discussion"]
    assert found["verdict"].tolist() == [REPRODUCED, CORRECTED, REFUTED]
    assert found.loc[1, ["right_form", "method", "value", "error"]].tolist() == ["|x1| ≫ 1", "50 digits", 0.5, 0.1]
    assert found.columns.tolist() == sections._COLUMNS


def test_what_is_no_check_is_refused():
    with pytest.raises(TypeError, match="returns str, not a Finding"):
        sections.collect({"a": module("a", equation_1_1=lambda: "fine")})
    with pytest.raises(ValueError, match="has no function"):
        sections.collect({"a": module("a", helper=lambda: None)})
    twice = {name: module(name, equation_1_1=lambda: Finding(True, "", "proof")) for name in "ab"}
    with pytest.raises(ValueError, match=r"the id 1\.1"):
        sections.collect(twice)


def test_every_module_that_checks_the_paper_is_collected():
    """A module that somebody adds and does not list would be checked by nobody."""
    names = {info.name for info in pkgutil.iter_modules(derivations_package.__path__)}
    modules = [importlib.import_module(f"duality.derivations.{name}") for name in sorted(names)]
    with_checks = [made.__name__ for made in modules if sections._checks(made)]
    assert sorted(made.__name__ for made in sections.SECTIONS.values()) == with_checks


def test_every_check_says_what_it_checks():
    """Its docstring is the only place that tells a reader how an equation was read."""
    for made in sections.SECTIONS.values():
        for name, check in sections._checks(made).items():
            assert check.__doc__, name


@pytest.mark.slow
def test_findings_are_complete(derivations):
    """A finding without evidence, or a correction without its right form, would tell a reader of the ledger nothing."""
    for _, finding in derivations.iterrows():
        assert finding["evidence"], finding["id"]
        assert "\n" not in finding["evidence"], finding["id"]
        assert bool(finding["right_form"]) == (finding["verdict"] in (CORRECTED, REFUTED)), finding["id"]
        assert (finding["method"] == "definition") == (finding["verdict"] == NOT_TESTABLE), finding["id"]
        assert pd.isna(finding["printed"]) or type(finding["printed"]) is bool, finding["id"]
        assert pd.isna(finding["mended"]) or type(finding["mended"]) is bool, finding["id"]


def test_the_general_law_holds_for_numbers_too():
    """h′ = c·h^k by differences, for a k that no case names; and H′ = h."""
    (_, h, H), *_ = theory.laws()
    values = {"c": 0.7, "k": 0.3, "y0": 0.2}

    def at(equation, y):
        return float(equation.rhs.subs({s: {**values, "y": y}[s.name] for s in equation.rhs.free_symbols}))

    step = 1e-6
    slope = (at(h, 1.5 + step) - at(h, 1.5 - step)) / (2 * step)
    assert slope == pytest.approx(0.7 * at(h, 1.5) ** 0.3, rel=1e-8)
    assert (at(H, 1.5 + step) - at(H, 1.5 - step)) / (2 * step) == pytest.approx(at(h, 1.5), rel=1e-8)


def test_the_page_shows_every_regime_and_every_verdict(compositions, checked, tmp_path):
    """Written from tables read back: an empty cell of a CSV is no text, and must not show as nan."""
    regimes = regimes_table(compositions, ["zeros", "ones"])
    found = sections.collect(checked)
    REGIMES.write(regimes, tmp_path / "regimes.csv")
    DERIVATIONS.write(found, tmp_path / "derivations.csv")
    page = theory.markdown(REGIMES.read(tmp_path / "regimes.csv"), DERIVATIONS.read(tmp_path / "derivations.csv"))
    assert "nan" not in page
    rows = [line for line in page.splitlines() if line.startswith("|") and not line.startswith("|:")]
    headings = regimes["experiment"].nunique() + found["section"].nunique()
    assert len(rows) == len(regimes) + len(found) + headings
    assert "3 equations and statements: 1 reproduced, 1 corrected, 1 refuted, 0 not testable." in page
    for name in compositions:
        assert f"### {name}\n" in page
    # A | within a cell would shift all that follows it.
    columns = {line.replace("\\|", "").count("|") for line in rows}
    assert columns == {10, 6}


def test_tables_survive_the_csv(compositions, tmp_path):
    """Readers get rows from a file: infinities, NaN, empty signs and texts such as "1" must come through."""
    regimes = regimes_table({"relu_mse": compositions["relu_mse"]}, ["zeros", "ones"])
    REGIMES.write(regimes, tmp_path / "regimes.csv")
    pd.testing.assert_frame_equal(REGIMES.read(tmp_path / "regimes.csv"), regimes, check_exact=True)
