"""What the picture of an entry of the gallery shows: h(y), and the density of fluctuations with its power law."""

from fractions import Fraction

import numpy as np
import pandas as pd

from duality.conventions import SIGN_NAMES
from duality.dataset.model import Model
from duality.exponents.density_curve import density_curve
from duality.fits.histogram import ClassFluctuations
from duality.jacobian.duality import Duality
from duality.records.estimates import Frozen
from duality.records.jacobian import Window

_REACH = 1e-4  # probability beyond which y is not shown
_WITHOUT = (-4.0, 4.0)  # y, if no training says how far the data reach
_POINTS = 64  # of a curve
_DIGITS = 4  # after the point: more than a picture has


def of_h(model: Model, frozen: Frozen | None) -> pd.DataFrame:
    """h(y) of every class, as far as the data reach at (w, b)."""
    low, high = _WITHOUT
    if frozen:
        x1 = [p.ppf(np.array([_REACH, 1 - _REACH])) for p in model.densities.values()]
        reached = frozen.w * np.concatenate(x1) + frozen.b
        low, high = float(reached.min()), float(reached.max())
    y = np.linspace(low, high, 2 * _POINTS)
    h = zip(model.names, model.composition.functions(1), strict=True)
    return pd.concat([_series("h", name, y, of_class(y)) for name, of_class in h], ignore_index=True)


def curves_of(
    duality: Duality, fluctuations: ClassFluctuations, sign: int, window: Window | None, k: Fraction | None
) -> pd.DataFrame:
    """The fluctuations of one sign, the exact density, and on the window the Jacobian and the derived power law.

    Parameters
    ----------
    duality : Duality
        The map to q̇ of the class.
    fluctuations : ClassFluctuations
    sign : int
        Of ḃ.
    window : Window or None
    k : Fraction or None
        Derived for the window.
    """
    name = fluctuations.name
    bins = fluctuations.bins("q_dot", SIGN_NAMES[sign])
    if bins.empty:
        return _series("fluctuations", name, np.empty(0), np.empty(0))
    resolved = (window.q_low, window.q_high) if window else None
    density = density_curve(bins, duality, sign, fluctuations.samples, resolved)
    every = np.unique(np.linspace(0, len(density) - 1, 2 * _POINTS).astype(int))
    shown = density.iloc[every]
    parts = [_logarithmic(of, name, shown["q_dot"], shown[column]) for of, column in _DENSITIES.items()]
    if window is None:
        return pd.concat(parts, ignore_index=True)
    ends = np.array([window.q_low, window.q_high])
    branch = duality.branches[window.branch]
    low, high = max(branch.q_low, density["q_low"].min()), min(branch.q_high, density["q_high"].max())
    q_dot = np.geomspace(low, high, _POINTS + 2)[1:-1]  # at an end the map may turn back
    x1 = duality.preimage(branch, q_dot)
    parts.append(_logarithmic("jacobian", name, q_dot, 1 / np.abs(duality.jacobian(x1))))
    parts.append(_series("window", name, np.log10(ends), np.full(2, np.nan)))
    if k is not None:
        middle = np.sqrt(ends[:1] * ends[1:])
        there = 1 / np.abs(duality.jacobian(duality.preimage(branch, middle)))
        parts.append(_logarithmic("law", name, ends, there * (ends / middle) ** -float(k)))
    return pd.concat(parts, ignore_index=True)


_DENSITIES = {"fluctuations": "density", "exact": "exact"}


def _logarithmic(series: str, name: str, q_dot: np.ndarray | pd.Series, p: np.ndarray | pd.Series) -> pd.DataFrame:
    q_dot, p = np.asarray(q_dot, float), np.asarray(p, float)
    known = (p > 0) & np.isfinite(p)
    return _series(series, name, np.log10(q_dot[known]), np.log10(p[known]))


def _series(series: str, name: str, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"series": series, "class": name, "x": np.round(x, _DIGITS), "y": np.round(y, _DIGITS)})
