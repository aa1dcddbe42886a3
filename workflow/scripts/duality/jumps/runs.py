"""Actual against potential jumps: does p(q̇) of the jumps that training makes equal p(-γ∂H/∂q) at fixed parameters?

Sec. 8 calls the two "essentially the same" in the learning equilibrium. The actual jump of a sample is taken at the
(w, b) of the moment, the potential one at their mean. Both are computed here for the same samples, so that the noise of
the data cancels, and for several γ, as the answer is one of order: (w, b) fluctuates with covariance γ·C, the part of
the difference that is linear in the fluctuation averages out, and what is left is of order γ where the distribution is
smooth. Where it has an edge or a fold (a largest |q̇|, a dead zone) the order is lower.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from duality.dataset.density import Density
from duality.formulas.composition import Composition
from duality.jumps.distances import Record, measure
from duality.training.population import population_optimum
from duality.training.sgd import BLOCK, sgd_kernel

_BURN_IN = 3  # autocorrelation times
_SEGMENT = 4  # autocorrelation times, of a unit of the bootstrap: of less, errors come out too small (by 1/8 at 2)


def autocorrelation_steps(equilibrium: Mapping[str, Any], steps_per_draw: int) -> float:
    """Integrated autocorrelation time, in SGD steps, of the slower of w and b: steps of all replicas / ESS."""
    ess = min(d["ess_bulk"] for d in equilibrium["diagnostics"].values())
    return float(equilibrium["draws"] * equilibrium["replicas"] * steps_per_draw / ess)


def starting_points(
    w: np.ndarray,
    b: np.ndarray,
    shift: Sequence[float] | None,
    factor: float,
    replicas: int,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the equilibrium at γ, carried over to factor·γ: closer to the mean by √factor, and the mean moved.

    Parameters
    ----------
    w, b : ndarray
        The equilibrium's draws.
    shift : sequence of two floats, or None
        Of the mean from the population optimum at γ, to leading order ∝ γ; None if there is no optimum.
    factor : float
    replicas : int
    random : numpy.random.Generator
    """
    chosen = random.integers(w.size, size=replicas)
    w_by, b_by = (factor - 1) * np.asarray((0.0, 0.0) if shift is None else shift)

    def carried(chain: np.ndarray, by: float) -> np.ndarray:
        return chain.mean() + by + np.sqrt(factor) * (chain.ravel()[chosen] - chain.mean())

    return carried(w, w_by), carried(b, b_by)


def record(
    sgd: Callable[..., None],
    x1: np.ndarray,
    label: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    gamma: float,
    burn_in: int,
    blocks: int,
    every: int,
    random: np.random.Generator,
) -> Record:
    """Run SGD and record every so many-th block of steps, in the loop that makes them.

    Parameters
    ----------
    sgd : function
        Of `duality.training.sgd.sgd_kernel`.
    x1, label : ndarray
        The stream, read in blocks as in training.
    w, b : ndarray, shape (replicas,)
        Where the replicas start; advanced in place.
    gamma : float
    burn_in : int
        Blocks before the first that counts.
    blocks, every : int
        How many blocks to record, and one in how many.
    random : numpy.random.Generator
    """
    in_stream, replicas = x1.size // BLOCK, w.size
    b_dot = np.empty((blocks, BLOCK, replicas))
    path = np.empty((2, blocks, replicas))
    # A sample is recorded once as long as the stream has others: the bootstrap takes units for independent.
    starts = np.resize(random.permutation(in_stream), (blocks, replicas)) * BLOCK

    for block in range(blocks):
        here = slice(block, block + 1)  # what is written here before the block itself is written over
        places = random.integers(in_stream, size=(every - 1 + (0 if block else burn_in), replicas)) * BLOCK
        sgd(x1, label, places, w, b, gamma, b_dot[here])
        before = np.stack([w, b])
        sgd(x1, label, starts[here], w, b, gamma, b_dot[here])
        path[:, block] = 0.5 * (before + np.stack([w, b]))
    return Record(starts, b_dot, path[0], path[1], blocks * every * BLOCK)


def scan(
    composition: Composition,
    densities: Mapping[str, Density],
    x1: np.ndarray,
    label: np.ndarray,
    trajectory: Mapping[str, Any],
    equilibrium: Mapping[str, Any],
    gamma: float,
    settings: Mapping[str, Any],
    random: np.random.Generator,
    progress: Callable[[str], None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Go on from an equilibrium at several γ and compare the jumps.

    Parameters
    ----------
    composition, densities
        The classes by name, in the order of the labels.
    x1, label : ndarray
        The stream.
    trajectory : mapping
        steps, w, b and kept, as training stores them.
    equilibrium : mapping
        As `duality.training.sgd.equilibrium` reports it.
    gamma : float
        Of the experiment.
    settings : mapping
        factors (of γ), replicas, relaxation_times (integrated autocorrelation times per replica, at least) and samples
        (jumps to record at each γ, at least).
    random : numpy.random.Generator
    progress : function of str

    Returns
    -------
    distances, curves : DataFrame
        See `measure`; with replicas, the mean w and b, their standard deviations, autocorrelation_steps and steps per
        replica in `distances`.
    """
    w, b = (trajectory[name][:, int(trajectory["kept"]) :] for name in ("w", "b"))
    base = autocorrelation_steps(equilibrium, int(trajectory["steps"][1] - trajectory["steps"][0]))
    covariance = None
    if equilibrium["optimum"] is not None:
        covariance = population_optimum(composition, list(densities.values()), equilibrium["optimum"]).covariance
    segments = max(2, settings["relaxation_times"] // _SEGMENT)
    blocks = segments * -(-settings["samples"] // (BLOCK * settings["replicas"] * segments))
    sgd = sgd_kernel(composition)
    tables = []
    for factor in settings["factors"]:
        steps = base / factor
        every = max(1, -(-int(settings["relaxation_times"] * steps) // (BLOCK * blocks)))
        chains = starting_points(w, b, equilibrium["shift"], factor, settings["replicas"], random)
        burn_in = 1 + int(_BURN_IN * steps / BLOCK)
        run = record(sgd, x1, label, *chains, factor * gamma, burn_in, blocks, every, random)
        theory = None if covariance is None else factor * gamma * covariance
        distances, curves = measure(composition, densities, x1, label, run, factor * gamma, segments, theory, random)
        path = {
            "replicas": settings["replicas"],
            "w": run.w.mean(),
            "b": run.b.mean(),
            "sd_w": run.w.std(),
            "sd_b": run.b.std(),
        }
        tables.append((distances.assign(**path, autocorrelation_steps=steps, steps=run.steps), curves))
        worst = distances.iloc[int(distances["ks"].argmax())]
        progress(
            f"γ = {factor * gamma:g}: {run.steps} steps per replica ({run.steps / steps:.0f} autocorrelation times), "
            f"largest distance {worst['ks']:.2g} ± {worst['ks_se']:.1g} ({worst['class']}, {worst['sign']})"
        )
    distances, curves = (pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True))
    return distances, curves


def power(gamma: np.ndarray, distance: np.ndarray, se: np.ndarray) -> tuple[float, float]:
    """Slope of ln(distance) against ln γ by weighted least squares, and its standard error; NaN if a distance is 0."""
    x, d = np.log(gamma), distance
    if x.size < 2 or not np.all(d > 0):
        return float("nan"), float("nan")
    weight = (d / np.maximum(se, 1e-3 * d)) ** 2
    x = x - np.average(x, weights=weight)
    information = float(np.sum(weight * x**2))
    return float(np.sum(weight * x * np.log(d)) / information), float(1 / np.sqrt(information))


def summary(distances: pd.DataFrame, gamma: float) -> dict[str, dict[str, dict[str, float | bool | None]]]:
    """What "essentially the same" amounts to, per class and sign.

    Returns
    -------
    dict
        class -> sign -> ks at the experiment's own γ (or the nearest that was run), ks_low, ks_high, noise_floor and
        predicted_ks; agreement and agreement_se; exponent and exponent_se of ks ∝ γ^exponent over the scan, and
        predicted_exponent; fitted_exponent and fitted_exponent_se of the predicted difference as it fits the measured
        one; resolved: whether every ks_low of the scan is above the noise floor. Noise adds to a largest difference,
        the more the smaller it is: an exponent that is not resolved is too small. That of the fit has no such bias.
    """
    found: dict[str, dict[str, dict[str, float | bool | None]]] = {}
    for (name, sign), rows in distances.groupby(["class", "sign"], sort=False):
        own = rows.iloc[int((rows["gamma"] - gamma).abs().argmin())]
        exponent, se = power(*(rows[column].to_numpy() for column in ("gamma", "ks", "ks_se")))
        predicted, _ = power(rows["gamma"].to_numpy(), rows["predicted_ks"].to_numpy(), np.zeros(len(rows)))
        columns = ["gamma", "ks", "ks_low", "ks_high", "noise_floor", "predicted_ks", "agreement", "agreement_se"]
        numbers = {column: float(own[column]) for column in columns}
        numbers |= {"exponent": exponent, "exponent_se": se, "predicted_exponent": predicted}
        fitted = [rows[column].to_numpy() * rows["predicted_ks"].to_numpy() for column in ("agreement", "agreement_se")]
        numbers["fitted_exponent"], numbers["fitted_exponent_se"] = power(rows["gamma"].to_numpy(), *fitted)
        found.setdefault(str(name), {})[str(sign)] = {
            **{key: value if np.isfinite(value) else None for key, value in numbers.items()},
            "resolved": bool((rows["ks_low"] > rows["noise_floor"]).all()),
        }
    return found
