"""If these fail, a check of the paper is called by nobody, or what it found is put down wrongly."""

import ast
import importlib
import pkgutil
import re
from collections import ChainMap
from pathlib import Path

import pandas as pd
import pytest
from stub_derivations import checked, module

from duality import derivations as derivations_package
from duality.derivations import sections
from duality.verdicts import CORRECTED, NOT_TESTABLE, REFUTED, REPRODUCED, Finding

# What texts spell otherwise.
AS_PYTHON_WRITES = re.compile(r"\*|\b(?:gamma|mu|sigma|oo|sqrt|pi|True|False|Interval)\b|\['")
MODULES = [made for modules in sections.SECTIONS.values() for made in modules]


def test_every_check_of_every_module_is_called_once_in_its_order():
    found = sections.collect(checked())
    assert found["id"].tolist() == ["6.3", "8.15 ones", "accuracy"]
    assert found["section"].tolist() == ["6 Emergent criticality", "6 Emergent criticality", "10 Discussion"]
    assert found["verdict"].tolist() == [REPRODUCED, CORRECTED, REFUTED]
    assert found.loc[1, ["right_form", "method", "value", "error"]].tolist() == ["|x1| ≫ 1", "50 digits", 0.5, 0.1]
    assert found.columns.tolist() == sections._COLUMNS


def test_what_is_no_check_is_refused():
    with pytest.raises(TypeError, match="returns str, not a Finding"):
        sections.collect({"a": [module("a", equation_1_1=lambda: "fine")]})
    with pytest.raises(ValueError, match="has no function"):
        sections.collect({"a": [module("a", helper=lambda: None)]})
    twice = {name: [module(name, equation_1_1=lambda: Finding(True, "", "proof"))] for name in "ab"}
    with pytest.raises(ValueError, match=r"the id 1\.1"):
        sections.collect(twice)


def test_every_module_that_checks_the_paper_is_collected():
    """A module that somebody adds and does not list would be checked by nobody."""
    names = {info.name for info in pkgutil.iter_modules(derivations_package.__path__)}
    modules = [importlib.import_module(f"duality.derivations.{name}") for name in sorted(names)]
    with_checks = [made.__name__ for made in modules if sections.checks_of(made)]
    assert sorted(made.__name__ for made in MODULES) == with_checks


def test_every_check_says_what_it_checks():
    """Its docstring is the only place that tells a reader how an equation was read."""
    checks = [sections.checks_of(made) for made in MODULES]
    assert all(checks)
    for name, check in ChainMap(*checks).items():
        assert check.__doc__, name


def test_sections_do_not_import_one_another():
    """A change of one section would run all sections above it again, and nobody could say what a section rests on."""
    names = {made.__name__ for made in MODULES}
    for made in MODULES:
        tree = ast.parse(Path(made.__file__).read_text(encoding="utf-8"))
        imports = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert "duality.derivations.vocabulary" in imports, made.__name__
        assert not imports & (names | {"duality.derivations"}), made.__name__


@pytest.mark.slow
def test_findings_are_complete(derivations):
    """A finding without evidence, or a correction without its right form, would tell a reader of the ledger nothing."""
    assert len(derivations)
    for _, finding in derivations.iterrows():
        assert finding["evidence"], finding["id"]
        assert "\n" not in finding["evidence"], finding["id"]
        assert not AS_PYTHON_WRITES.search(finding["evidence"]), finding["id"]
        assert bool(finding["right_form"]) == (finding["verdict"] in (CORRECTED, REFUTED)), finding["id"]
        assert (finding["method"] == "definition") == (finding["verdict"] == NOT_TESTABLE), finding["id"]
        assert pd.isna(finding["printed"]) or type(finding["printed"]) is bool, finding["id"]
        assert pd.isna(finding["mended"]) or type(finding["mended"]) is bool, finding["id"]
