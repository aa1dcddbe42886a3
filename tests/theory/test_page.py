"""If these fail, the page of theory leaves out what was checked, or says what no check found."""

import pandas as pd
import pytest
from stub_derivations import checked

from duality.derivations import sections
from duality.records.theory import DERIVATIONS, REGIMES
from duality.theory import page as theory
from duality.theory.regimes import regimes_table


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


def test_the_page_shows_every_regime_and_every_verdict(compositions, tmp_path):
    """Written from tables read back: an empty cell of a CSV is no text, and must not show as nan."""
    regimes = regimes_table(compositions, ["zeros", "ones"])
    found = sections.collect(checked())
    REGIMES.write(regimes, tmp_path / "regimes.csv")
    DERIVATIONS.write(found, tmp_path / "derivations.csv")
    tables = REGIMES.read(tmp_path / "regimes.csv"), DERIVATIONS.read(tmp_path / "derivations.csv")
    titles = {name: f"the title of {name}" for name in compositions}
    page = theory.markdown(*tables, titles)
    assert "nan" not in page
    rows = [line for line in page.splitlines() if line.startswith("|") and not line.startswith("|:")]
    headings = regimes["experiment"].nunique() + found["section"].nunique()
    assert len(rows) == len(regimes) + len(found) + headings
    assert "3 equations and statements: 1 reproduced, 1 corrected, 1 refuted." in page
    for name in compositions:
        assert f"### the title of {name}\n" in page
    # A | within a cell would shift all that follows it.
    columns = {line.replace("\\|", "").count("|") for line in rows}
    assert columns == {10, 6}


def test_tables_survive_the_csv(compositions, tmp_path):
    """Readers get rows from a file: infinities, NaN, empty signs and texts such as "1" must come through."""
    regimes = regimes_table({"relu_mse": compositions["relu_mse"]}, ["zeros", "ones"])
    REGIMES.write(regimes, tmp_path / "regimes.csv")
    pd.testing.assert_frame_equal(REGIMES.read(tmp_path / "regimes.csv"), regimes, check_exact=True)
