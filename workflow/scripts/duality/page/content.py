"""Everything on the page of a run's results: tables, pictures, claims, theory and equilibria, joined by a template."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
import sympy as sp

from duality.claims.documents import titled
from duality.config.settings import CompositionSettings, Experiment
from duality.formulas.notation import Markup, formulas, mathml
from duality.formulas.parsing import ACTIVATION_SYMBOLS, LOSS_SYMBOLS, parse_expression
from duality.page.gallery import Picture, groups
from duality.records.estimates import Estimate
from duality.rounding import rounded
from duality.table.documents import Sheet
from duality.table.numbers import ClassRow, FailedRow
from duality.table.rounded_tables import composed
from duality.theory.page import HOW_READ, INTRODUCTION, INVERSE
from duality.verdicts import CORRECTED, NOT_TESTABLE, NOT_TESTED, REFUTED, REPRODUCED, UNDECIDED, VERDICTS

KINDS = {"equation": "equation", "figure": "figure", "table": "table entry", "sentence": "sentence", "ours": "ours"}


@dataclass(frozen=True)
class Page:
    """What is on the page.

    Attributes
    ----------
    sheets : sequence of Sheet
        Of `duality.table.documents.sheets`: the first is what is asked for, the others are details.
    pictures : sequence of Picture
    ledger, regimes, derivations : DataFrame
        `records.claims.LEDGER`, `REGIMES` of all experiments, and `DERIVATIONS`.
    experiments : mapping
        By their keys.
    rows, failed : sequences of ClassRow and of FailedRow
        Of the experiments that are complete, and of the others.
    laws : sequence of (case, h, H)
        `duality.theory.page.laws`.
    files : sequence of Path
        What the page shows or links to; all of them are there. If there are none, it leads to no other file.
    folder : Path
        Where the page lies.
    """

    sheets: Sequence[Sheet]
    pictures: Sequence[Picture]
    ledger: pd.DataFrame
    regimes: pd.DataFrame
    derivations: pd.DataFrame
    experiments: Mapping[str, Experiment]
    rows: Sequence[ClassRow]
    failed: Sequence[FailedRow]
    laws: Sequence[tuple[str, sp.Eq, sp.Eq]]
    files: Sequence[Path]
    folder: Path

    def by_itself(self) -> "Page":
        """Without pictures, and without links to other files.

        In Snakemake's report a page is an address, of which browsers open two megabytes, and no file lies beside it.
        """
        return replace(self, pictures=[], files=[])

    @property
    def complete(self) -> dict[str, ClassRow]:
        """By the keys of the experiments that are complete, the row of one of its classes."""
        return {row.name: row for row in self.rows}

    @property
    def why(self) -> dict[str, str]:
        """By what people call them, why the other experiments failed."""
        return {row.experiment.title: row.why for row in self.failed}


def html(page: Page) -> str:
    """The page as one file of HTML that loads nothing else."""
    known = {path.relative_to(page.folder).as_posix() for path in page.files}

    def link(path: str | Path) -> str:
        """From the page to a file; empty where there is no such one."""
        inside = Path(path).is_relative_to(page.folder)
        name = Path(path).relative_to(page.folder).as_posix() if inside else ""
        return quote(name) if name in known else ""

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"formulas": formulas, "mathml": mathml, "link": link, "anchor": anchor}
    environment.filters["number"] = lambda text: Markup(escape(str(text)).replace("±", "<wbr>±"))
    environment.filters["composed"] = lambda formula: mathml(composed(formula))
    template, style, script = (
        Path(__file__).with_name(f"page.{ending}").read_text(encoding="utf-8") for ending in ("html", "css", "js")
    )
    of_the_paper = page.ledger["kind"] != "ours"
    verdicts = page.ledger.loc[of_the_paper, "verdict"].value_counts()
    counts = {verdict: int(verdicts.get(verdict, 0)) for verdict in VERDICTS}
    titles = {name: experiment.title for name, experiment in page.experiments.items()}
    text = environment.from_string(template).render(
        page=page,
        style=style,
        script=script,
        hashes={"style": _hash(style), "script": _hash(script)},
        claims=[_claim(number, row, titles) for number, row in enumerate(page.ledger.to_dict("records"))],
        ids={*page.ledger["id"]},
        counts=counts,
        verdict=_verdict(counts),
        many=_many(int(of_the_paper.sum()), int((~of_the_paper).sum())),
        kinds={kind: name for kind, name in KINDS.items() if kind in {*page.ledger["kind"]}},
        faults=[fault for fault in ("misprint", "imprecision", "substance") if fault in {*page.ledger["fault"]}],
        compositions=[_composition(key, page) for key in page.experiments],
        equilibria=[_equilibrium(row) for row in page.complete.values()],
        groups=groups(page.pictures),
        theory={
            name: text.strip().split("\n\n")
            for name, text in (("introduction", INTRODUCTION), ("inverse", INVERSE), ("how_read", HOW_READ))
        },
        downloads=_downloads(page),
    )
    return text + "\n"


def anchor(claim: str) -> str:
    """What a claim is called in the address of the page."""
    return f"claim-{quote(claim)}"


def _hash(text: str) -> str:
    """By which the page's policy knows its own style and script, and refuses any other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _verdict(counts: Mapping[str, int]) -> str:
    """What has become of the paper's claims, in one sentence."""
    if not any(counts.values()):
        return "No claim of the paper was checked."
    told = {name: f"{count or 'none'} {'is' if count < 2 else 'are'}" for name, count in counts.items()}
    return (
        f"Of the paper's {sum(counts.values())} claims {told[REPRODUCED]} reproduced as printed and "
        f"{counts[CORRECTED] or 'none'} in a corrected form; {told[REFUTED]} refuted, {told[UNDECIDED]} undecided, "
        f"{told[NOT_TESTED]} not tested, and {told[NOT_TESTABLE]} not testable, as definitions assert nothing."
    )


def _many(of_the_paper: int, ours: int) -> str:
    """How many claims there are; laws of our own are told apart."""
    told = f"{of_the_paper} claim{'s' * (of_the_paper != 1)} of the paper"
    return f"{told} and {ours} law{'s' * (ours != 1)} of ours" if ours else told


def _claim(number: int, row: Mapping[Any, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """A claim of the ledger with what the page says of it.

    Of numbers only estimates are shown: any other one, such as a deviation, means nothing without its evidence.
    """
    value, low = row["value"], row["low"]
    measured, interval = "", ""
    if low == low:
        measured = rounded(Estimate(value, row["error"], (low, row["high"])), "picture")
        interval = f"{low:.4g} to {row['high']:.4g}"
    return {
        **row,
        "number": number,
        "rank": VERDICTS.index(row["verdict"]),
        "size": f"{value!r}" if measured else "",
        "evidence": titled(row["evidence"], titles),
        "measured": measured,
        "interval": interval,
        "causes": [] if row["cause"] in ("", row["id"]) else row["cause"].split("; "),
    }


def _composition(key: str, page: Page) -> dict[str, Any]:
    """The formulas of an experiment, with their named numbers as letters."""
    of: CompositionSettings = page.experiments[key].composition
    activation = parse_expression(of.activation, [*ACTIVATION_SYMBOLS, *of.activation_parameters])
    loss = parse_expression(of.loss, [*LOSS_SYMBOLS, *of.loss_parameters])
    parameters = {**of.activation_parameters, **of.loss_parameters}
    return {
        "title": page.experiments[key].title,
        "f": sp.Eq(sp.Function("f")(sp.Symbol("y", real=True)), activation, evaluate=False),
        "H": sp.Eq(sp.Symbol("H"), loss, evaluate=False),
        "parameters": [
            sp.Eq(sp.Symbol(name), sp.Float(value, 6), evaluate=False) for name, value in parameters.items()
        ],
        "regimes": page.regimes[page.regimes["experiment"] == key].to_dict("records"),
    }


def _equilibrium(row: ClassRow) -> dict[str, Any]:
    """How well the chains of an experiment have converged: the worse one of w and b."""
    found, asked = row.equilibrium, row.experiment.training
    chains = found.diagnostics.values()
    return {
        "title": row.experiment.title,
        "w": rounded(found.w, "picture"),
        "b": rounded(found.b, "picture"),
        "accuracy": rounded(found.accuracy, "picture"),
        "steps": f"{found.replicas} × {found.steps:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"),
        "r_hat": _within(max(chain.r_hat for chain in chains), asked.r_hat, ".4f", at_most=True),
        "ess": _within(min(min(chain.ess_bulk, chain.ess_tail) for chain in chains), asked.ess, ".0f", at_most=False),
        "drift": _within(max(abs(chain.drift) for chain in chains), asked.drift, ".1f", at_most=True),
        "explained": found.explained,
    }


def _within(value: float, limit: float, pattern: str, at_most: bool) -> str:
    return f"{value:{pattern}} ({'≤' if at_most else '≥'} {limit:g})"


def _downloads(page: Page) -> dict[str, list[Path]]:
    """The files that are no pictures' own, by the folder that they are in."""
    of_pictures = {path for one in page.pictures for path in one.files}
    groups: dict[str, list[Path]] = {}
    for path in page.files:
        if path not in of_pictures:
            folder = path.relative_to(page.folder).parts[0] if path.parent != page.folder else ""
            groups.setdefault(folder, []).append(path)
    return {name: sorted(groups[name]) for name in sorted(groups)}
