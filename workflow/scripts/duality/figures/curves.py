"""The curves of a figure of the paper, as one table: what its CSV has, and all that is drawn."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from duality.records.exponents import ClassMeasurements
from duality.records.jacobian import Window
from duality.rounding import rounded

# What a legend calls them. An exponent follows after a comma.
LABELS = {
    "fluctuations": "fluctuations",
    "jacobian": r"Jacobian $|dx_1/d\dot{q}|$",
    "jacobian 2": "other branches of the map",
    "window": "power law expected between",
    "duality_density": "exact duality density",
    "corrected": "fluctuations, corrected for the dataset",
    "predicted": "predicted",
    "corrected_fit": "corrected fit",
    "raw_fit": "raw fit",
}

NARROW = 0.5  # decades: a window below that is shown enlarged


def failed(why: str) -> pd.DataFrame:
    """The table of a figure whose experiment failed: the one row `failed`, whose label says why."""
    return pd.DataFrame({"series": ["failed"], "x": np.nan, "y": np.nan, "se": np.nan, "label": why})


def curves(
    jacobian: pd.DataFrame,
    density: pd.DataFrame,
    window: Window,
    measured: ClassMeasurements,
    sign: int,
    predicted: str | None,
) -> pd.DataFrame:
    """Everything that a figure shows, as a table.

    Parameters
    ----------
    jacobian, density : DataFrame
        The rows of the class of `records.jacobian.MAP` and `records.exponents.DENSITY`.
    window : Window
        The paper's window of q̇.
    measured : ClassMeasurements
    sign : int
        Of the fluctuations, ±1.
    predicted : str or None
        The exponent k of q̇ as the config writes it.

    Returns
    -------
    DataFrame
        `records.figures.CURVES`: series, x = log₁₀|q̇|, y = log₁₀ p or log₁₀|dx1/dq̇| (NaN for the bounds of the
        window), se (of y, of what was counted), label. The series `corrected` has p/W, W being what the data
        contribute to the exact density: it follows |dx1/dq̇| of the window's branch, as that density is W·|dx1/dq̇|.
    """
    counted = density[density["count"] > 0]
    se = counted["se"] / counted["density"] / np.log(10)
    parts = [_series("fluctuations", counted["q_dot"], counted["density"], se)]
    in_range = jacobian["q_dot"].abs().between(density["q_low"].min(), density["q_high"].max())
    red = jacobian[(np.sign(jacobian["q_dot"]) == sign) & in_range & (jacobian["branch"] >= 0)]
    own = red[red["branch"] == window.branch]
    of_jacobian = _with_exponent("jacobian", rounded(measured.paper.jacobian.exponent, "picture"))
    parts.append(_series("jacobian", own["q_dot"].abs(), 1 / own["dq_dot_dx1"].abs(), label=of_jacobian))
    for number, (_, branch) in enumerate(red[red["branch"] != window.branch].groupby("branch"), 2):
        label = LABELS["jacobian 2"]
        parts.append(_series(f"jacobian {number}", branch["q_dot"].abs(), 1 / branch["dq_dot_dx1"].abs(), label=label))
    exact = density[density["exact"] > 0]
    parts.append(_series("duality_density", exact["q_dot"], exact["exact"]))
    parts.append(_corrected(own, counted[counted["exact"] > 0]))
    bounds = np.array([window.q_low, window.q_high])
    parts.append(_series("window", bounds, np.full(2, np.nan)))
    parts += _laws(own, bounds, measured, predicted)
    return pd.concat(parts, ignore_index=True)


def _laws(own: pd.DataFrame, bounds: np.ndarray, measured: ClassMeasurements, predicted: str | None) -> list[Any]:
    """The power laws. What is predicted and the corrected fit speak of the Jacobian, and meet it in mid-window.

    The raw fit speaks of the fluctuations, and lies on them.
    """
    paper = measured.paper
    middle = np.sqrt(bounds[0] * bounds[1])
    at = own.iloc[(np.log(own["q_dot"].abs()) - np.log(middle)).abs().argmin()]

    def on_jacobian(k: float) -> np.ndarray:
        return (bounds / abs(at["q_dot"])) ** -k / abs(at["dq_dot_dx1"])

    parts = []
    if predicted is not None:
        law = on_jacobian(float(Fraction(predicted)))
        parts.append(_series("predicted", bounds, law, label=_with_exponent("predicted", predicted)))
    fitted = np.array([paper.window.q_low, paper.window.q_high])
    among_fluctuations = _truncated_density(fitted, paper.raw.exponent.value, paper.window.n / measured.samples)
    for name, fit, q, p in (
        ("corrected_fit", paper.corrected, bounds, on_jacobian(paper.corrected.exponent.value)),
        ("raw_fit", paper.raw, fitted, among_fluctuations),
    ):
        parts.append(_series(name, q, p, label=_with_exponent(name, rounded(fit.exponent, "picture"))))
    return parts


def _with_exponent(name: str, k: str) -> str:
    return f"{LABELS[name]}, $k_q$ = {k.replace('-', '−')}"


def _corrected(own: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """The density of the fluctuations over what the data contribute, where the branch of the window is."""
    own = own.assign(x=np.log10(own["q_dot"].abs())).sort_values("x")
    x = np.log10(counted["q_dot"])
    log_jacobian = np.interp(x, own["x"], -np.log10(own["dq_dot_dx1"].abs()), left=np.nan, right=np.nan)
    without_data = counted["density"] / counted["exact"] * 10**log_jacobian
    here = np.isfinite(log_jacobian)
    se = counted["se"] / counted["density"] / np.log(10)
    return _series("corrected", counted["q_dot"][here], without_data[here], se[here])


def _truncated_density(bounds: np.ndarray, k: float, fraction: float) -> np.ndarray:
    """A power law q̇^(-k) that integrates to `fraction` between two bounds, at these."""
    log_ratio = np.log(bounds[1] / bounds[0])
    c = (1 - k) * log_ratio
    integral = bounds[0] * log_ratio * (np.expm1(c) / c if c else 1.0)  # of (q̇/bounds[0])^(-k)
    return fraction / integral * (bounds / bounds[0]) ** -k


def _series(name: str, q_dot: Any, value: Any, se: Any = np.nan, label: str | None = None) -> pd.DataFrame:
    with np.errstate(divide="ignore"):
        x, y = np.log10(np.asarray(q_dot, float)), np.log10(np.asarray(value, float))
    return pd.DataFrame(
        {"series": name, "x": x, "y": y, "se": np.asarray(se, float), "label": LABELS[name] if label is None else label}
    )
