"""The exponent k of p(q̇) ∝ q̇^(-k), three ways, of every quantity, each with its errors.

- Jacobian exponent: the slope of ln|dq̇/dx1| against ln q̇, no data involved.
- Raw exponent: a power law truncated to the window, fitted to the fluctuations. It contains the data's own density.
- Dataset-corrected exponent: k in p(q̇) ∝ W(q̇)·q̇^(-k), where W is what the data contribute, p(x1(q̇)) if the map is
  one-to-one. It is what the prediction speaks of, measured on fluctuations.

What is said of q̇ below holds for ẇ and ḃ likewise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd

from duality.config.settings import FitSettings
from duality.conventions import EXPONENTS, PAPER, SIGN_NAMES
from duality.errors import InputError
from duality.exponents.density_curve import density_curve
from duality.exponents.estimation import FEWEST, ClassData, Estimated, estimates
from duality.exponents.exact import dataset_weight, rms_from_slope
from duality.exponents.goodness_of_fit import chi_squared, homogeneous, kolmogorov_smirnov
from duality.exponents.neighbourhood import Neighbourhood
from duality.exponents.prediction import regimes_of
from duality.exponents.shifted import fit_shifted, shift_of
from duality.fits.histogram import ClassFluctuations, load
from duality.fits.power_laws import Bootstrap, WindowStatistics, bootstrapped
from duality.fits.rivals import Rival, compare
from duality.jacobian.duality import Duality
from duality.jacobian.windows import WindowRules
from duality.records.exponents import (
    PROFILE,
    ClassMeasurements,
    DerivedExponent,
    Fit,
    FittedWindow,
    JacobianExponent,
    Measurement,
    Shift,
)
from duality.records.jacobian import Window, Windows
from duality.records.record import read
from duality.records.theory import REGIMES
from duality.records.training import Equilibrium


@dataclass(frozen=True)
class Evidence(ClassData):
    """What is known of one class before its exponents are measured.

    Attributes
    ----------
    regimes : DataFrame
        Of the class, see `records.theory.REGIMES`.
    """

    regimes: pd.DataFrame

    @classmethod
    def read(
        cls,
        equilibrium: Equilibrium,
        windows: str | Path,
        regimes: str | Path,
        seen: tuple[str | Path, str | Path],
        unseen: tuple[str | Path, str | Path],
    ) -> "dict[str, Evidence]":
        """Of every class that is measured, from what the stages before have written.

        Parameters
        ----------
        equilibrium : Equilibrium
        windows, regimes : path
        seen, unseen : (histogram, counts)
            Paths: of the samples that training saw, and of the others.
        """
        table, (fluctuations, others) = REGIMES.read(regimes), load(seen, unseen)
        return {
            name: cls(found, fluctuations[name], others.get(name), equilibrium, table[table["class"] == name])
            for name, found in read(windows, Windows).items()
        }


def measure(
    at: Neighbourhood, fluctuations: ClassFluctuations, evidence: Evidence, bootstrap: Bootstrap
) -> tuple[Measurement, list[Rival], pd.DataFrame | None] | None:
    """Everything that is measured on the fluctuations inside one window.

    Parameters
    ----------
    at : Neighbourhood
        The map to the quantity at the equilibrium, and the window.
    fluctuations : ClassFluctuations
        Those of the evidence that are looked at.
    evidence : Evidence
        On the class.
    bootstrap : Bootstrap

    Returns
    -------
    measured : Measurement
    rivals : list of Rival
    profile : DataFrame or None
        Of a shifted power law, see `duality.exponents.shifted.fit_shifted`; None where none was fitted.

    None if the window is narrower than a bin or holds fewer than ten fluctuations.
    """
    duality, window = at.duality, at.window
    found = estimates(at, fluctuations, evidence.equilibrium)
    if found is None:
        return None
    statistics, slope = found.statistics, found.jacobian
    sign = duality.branches[window.branch].sign
    shift = shift_of(duality, window) if duality.quantity == "w_dot" else None
    log_weight = dataset_weight(duality, window)
    measured = Measurement(
        window=FittedWindow(
            q_low=statistics.low,
            q_high=statistics.high,
            decades=float(np.log10(statistics.high / statistics.low)),
            decades_se=at.budget(lambda _, moved: moved.decades, 0.0).total,
            decades_99=_decades_of(statistics, 0.99),
            n=statistics.n,
            own_branch=own_share(duality, window, statistics.edges),
            unseen=fluctuations.unseen,
        ),
        theory=_derived(evidence.regimes, duality, window, shift),
        jacobian=JacobianExponent(
            slope.exponent, slope.budget, slope.population, rms_from_slope(duality, window, slope.exponent.value)
        ),
        raw=_fit(found.raw, statistics, bootstrap),
        corrected=_fit(found.corrected, statistics, bootstrap),
        duality=kolmogorov_smirnov(statistics, duality, sign, bootstrap),
        shifted=None,
    )
    profile = None
    if shift and (shifted := fit_shifted(statistics, sign, shift, log_weight, bootstrap)):
        fit, profile = shifted
        measured = msgspec.structs.replace(measured, shifted=fit)
    return measured, compare(statistics, log_weight), profile


def _fit(of: Estimated, statistics: WindowStatistics, bootstrap: Bootstrap) -> Fit:
    assert of.law
    found = bootstrapped(of.law, of.fit, statistics, bootstrap)
    return Fit(of.exponent, of.budget, of.population, of.fit.se, found.interval, found.distance, found.p_value)


def _derived(regimes: pd.DataFrame, duality: Duality, window: Window, shift: Shift | None) -> DerivedExponent | None:
    if shift:
        return DerivedExponent(shift.k_w, f"{Fraction(shift.k_w)} (shifted)", "the whole piece")
    governing, exponent = regimes_of(regimes, duality, window), EXPONENTS[duality.quantity]
    if governing.empty:
        return None
    return DerivedExponent(
        k=float(governing[exponent].iloc[0]) if len(governing) == 1 else None,
        text=" to ".join(governing[f"{exponent}_text"]),
        approach="; ".join(governing["approach"]),
    )


def _decades_of(statistics: WindowStatistics, share: float) -> float:
    """Decades that hold the middle `share` of a window's fluctuations: one end of it may be but our data's reach."""
    below = np.cumsum(statistics.counts) / statistics.n
    first, last = np.searchsorted(below, [0.5 - share / 2, 0.5 + share / 2])
    return float(np.log10(statistics.edges[last + 1] / statistics.edges[first]))


def own_share(duality: Duality, window: Window, edges: np.ndarray) -> float:
    """The share of the fluctuations between the edges that the window's own branch makes, by the class's cdf."""
    own = duality.branches[window.branch]
    ends = edges[[0, -1]]
    probability = float(np.abs(np.diff(duality.density.cdf(duality.preimage(own, ends))))[0])
    return probability / float(duality.preimage_probability(ends, own.sign)[0])


def measure_class(
    duality: Duality,
    rules: WindowRules,
    evidence: Evidence,
    settings: FitSettings,
    generator: Callable[..., np.random.Generator],
) -> tuple[ClassMeasurements, dict[str, pd.DataFrame]]:
    """Everything that is measured on the fluctuations of one class.

    Parameters
    ----------
    duality : Duality
        The map to q̇ at the equilibrium.
    rules : WindowRules
        By which the windows were found.
    evidence : Evidence
    settings : FitSettings
    generator : function (quantity, window)
        Random numbers for one window.

    Returns
    -------
    measurements : ClassMeasurements
    tables : dict of DataFrame
        "rivals", "profile" and "density", those of `duality.records` but for the class.

    Raises
    ------
    InputError
        If the paper's window of q̇ is missing or holds too few fluctuations.
    """
    fluctuations = evidence.fluctuations
    quantities: dict[str, dict[str, Measurement | None]] = {quantity: {} for quantity in evidence.windows}
    rivals = []
    nothing = pd.DataFrame(columns=[column for column in PROFILE.columns if column != "class"])
    profiles = [nothing.astype({name: "float" for name, kind in PROFILE.columns.items() if kind is float})]
    for quantity, name, at in evidence.neighbourhoods(duality, rules):
        found = None
        if at:
            bootstrap = Bootstrap(settings.bootstrap, generator(quantity, name))
            found = measure(at, evidence.fluctuations_of(name), evidence, bootstrap)
        quantities[quantity][name] = found and found[0]
        rivals += [
            {"quantity": quantity, "window": name, **msgspec.structs.asdict(row)} for row in (found[1] if found else [])
        ]
        if found and found[2] is not None:
            profiles.append(found[2].assign(window=name))
    paper = evidence.windows["q_dot"].windows[PAPER]
    if paper is None or quantities["q_dot"][PAPER] is None:
        where = f"q̇ in [{paper.q_low:.3g}, {paper.q_high:.3g}]" if paper else "of the paper"
        raise InputError(
            f"the window {where} holds fewer than {FEWEST} fluctuations or is narrower than a bin: widen the "
            "conditions or lower statistics.much_less_than"
        )
    sign = duality.branches[paper.branch].sign
    bins = fluctuations.bins("q_dot", SIGN_NAMES[sign])
    goodness_of_fit = chi_squared(bins, duality, sign, fluctuations.samples, settings.cells)
    homogeneity = homogeneous(fluctuations, evidence.unseen, sign, settings.cells) if evidence.unseen else None
    return (
        ClassMeasurements(fluctuations.samples, fluctuations.fractions, goodness_of_fit, homogeneity, quantities),
        {
            "rivals": pd.DataFrame(rivals),
            "profile": pd.concat(profiles, ignore_index=True),
            "density": density_curve(bins, duality, sign, fluctuations.samples, (paper.q_low, paper.q_high)),
        },
    )
