"""Captions of the figures of a sweep."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from duality.conventions import listed
from duality.figures.mini_batches import caption as caption_of_mini_batches
from duality.figures.style import readable
from duality.figures.sweeps import MINI_BATCHES, SIGN, is_exponent
from duality.sweeps.collection import batches_of, untrained, without_equilibrium

_IN_WORDS = {
    "k_q": "the exponent of q̇",
    "k_w": "the exponent of ẇ",
    "k_b": "the exponent of ḃ",
    "raw_k_q": "the exponent of q̇ without any correction",
    "jumps_k_q": "the exponent of the jumps of q̇ that training makes",
    "jumps_distance": "the Kolmogorov-Smirnov distance between jumps that training makes and those at fixed (w, b)",
    "decades": "the decades of |q̇| on which the local exponent of the exact Jacobian is the predicted one",
    "visible_decades": "the decades of |q̇| on which the exact density itself is the predicted power law",
    "w": "the weight",
    "b": "the bias",
    "accuracy": "the accuracy",
}


def caption(name: str, table: pd.DataFrame, figure: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """A caption that stands by itself, in plain text.

    Parameters
    ----------
    name : str
        Of the sweep.
    table : DataFrame
        Of all points.
    figure, labels : mapping
        As for `draw`.
    """
    if figure["shows"] == [MINI_BATCHES]:
        of_batches = batches_of(table, figure["x"], figure.get("y"))
        return " ".join([caption_of_mini_batches(of_batches, SIGN).rstrip("\n"), *_of_failed(table)]) + "\n"
    x, y, estimates = labels[figure["x"]], labels.get(figure.get("y", "")), figure["shows"]
    said = [f"The sweep {readable(name)}: {listed([_IN_WORDS[estimate] for estimate in estimates])} against {x}"]
    said[0] += f" and {y}." if y else "."
    if y:
        said.append(
            "In every cell the estimate, with the standard error of its last digits; dark is low, bright high, "
            "white is where there is nothing to estimate. The bar is the same for all classes; its limits are of "
            "points that are known well, and an arrow is for points of large error beyond them."
        )
    else:
        said.append(
            "Bars are 95% intervals; lines, where there are some, are what infinite data would give, without training."
        )
    if any(is_exponent(estimate) for estimate in estimates):
        said.append(
            "Exponents are corrected for the dataset, on the window that the conditions of the experiment select."
        )
    return " ".join([*said, *_of_failed(table)]) + "\n"


def _of_failed(table: pd.DataFrame) -> list[str]:
    points = len(table.filter(like="axis_").drop_duplicates())
    kinds = {
        "reach no equilibrium": without_equilibrium(table),
        "are not trained": untrained(table),
    }
    return [f"{len(of)} of {points} points {what}: {_reasons(of)}." for what, of in kinds.items() if len(of)]


def _reasons(failed: pd.DataFrame) -> str:
    """The kinds of failure, as the first words of each say them."""
    return ", ".join(sorted({str(why).partition(":")[0].partition(" after")[0] for why in failed["why"]}))
