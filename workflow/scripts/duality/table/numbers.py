"""Everything that is predicted and measured, in numbers: what the table of Sec. 10 and its documents are made from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from duality.config.settings import Experiment
from duality.conventions import OBSERVED, QUANTITIES
from duality.records.estimates import ErrorBudget, Estimate, ParameterErrors, PopulationValue
from duality.records.exponents import CROSS_CHECK, ClassMeasurements, Exponents, Fit, Measurement
from duality.records.record import complete_and_failed, read
from duality.records.training import Equilibrium

File = str | Path


@dataclass(frozen=True)
class Row:
    """One class in one experiment.

    Attributes
    ----------
    name : str
        Of the experiment, in the config.
    experiment : Experiment
    class_name : str
    """

    name: str
    experiment: Experiment
    class_name: str

    @property
    def sign(self) -> str:
        """Of the fluctuations shown."""
        return self.experiment.classes[self.class_name].sign

    def predicted(self, quantity: str) -> str | None:
        """The exponent that the paper predicts for a quantity, as the config writes it."""
        return self.experiment.classes[self.class_name].texts[quantity]


@dataclass(frozen=True)
class ClassRow(Row):
    """One class in an experiment that is complete.

    Attributes
    ----------
    equilibrium : Equilibrium
    measured : ClassMeasurements
    k_powerlaw, disagreement : float
        The raw exponent by the package powerlaw, and how far ours is from it, see `duality.fits.cross_check`; NaN where
        it has too little.
    """

    equilibrium: Equilibrium
    measured: ClassMeasurements
    k_powerlaw: float
    disagreement: float

    @property
    def observed(self) -> Measurement | None:
        """What is measured of q̇ on the observed window."""
        return self.measured.quantities["q_dot"][OBSERVED]


@dataclass(frozen=True)
class FailedRow(Row):
    """One class in an experiment that failed.

    Attributes
    ----------
    why : str
        After how many steps it failed, what was seen, and what to change.
    """

    why: str


@dataclass(frozen=True)
class ExponentRow:
    """One quantity of a class on one window.

    Attributes
    ----------
    of : ClassRow
    quantity, window : str
        Their names.
    measured : Measurement
    """

    of: ClassRow
    quantity: str
    window: str
    measured: Measurement

    @property
    def exponent(self) -> str:
        """What the exponent of the quantity is called."""
        return QUANTITIES[self.quantity].exponent


def class_rows(
    experiments: Mapping[str, Experiment],
    equilibria: Mapping[str, Equilibrium],
    exponents: Mapping[str, Exponents],
    cross_check: pd.DataFrame,
) -> list[ClassRow]:
    """A row per experiment and class.

    Parameters
    ----------
    experiments, equilibria, exponents : mapping
        By the name of the experiment.
    cross_check : DataFrame
        `records.exponents.CROSS_CHECK`.
    """
    checks = {(row["experiment"], row["class"]): row for _, row in cross_check.iterrows()}
    nothing = {"k_powerlaw": float("nan"), "disagreement": float("nan")}
    rows: list[ClassRow] = []
    for name, experiment in experiments.items():
        for class_name, measured in exponents[name].items():
            check = checks.get((name, class_name), nothing)
            found = float(check["k_powerlaw"]), float(check["disagreement"])
            rows.append(ClassRow(name, experiment, class_name, equilibria[name], measured, *found))
    return rows


def failed_rows(experiments: Mapping[str, Experiment], failed: Mapping[str, str]) -> list[FailedRow]:
    """A row per experiment that failed, and class.

    Parameters
    ----------
    experiments : mapping
        By name, failed or not.
    failed : mapping
        Why experiments failed, by their names.
    """
    return [
        FailedRow(name, experiments[name], class_name, why)
        for name, why in failed.items()
        for class_name in experiments[name].classes
    ]


def read_rows(
    experiments: Mapping[str, Experiment], equilibria: Iterable[File], exponents: Iterable[File], cross_check: File
) -> tuple[list[ClassRow], list[FailedRow]]:
    """The rows of the experiments that are complete, and those of the others.

    Parameters
    ----------
    experiments : mapping
        By name.
    equilibria, exponents : paths
        What the stages training and exponents wrote, in the order of the experiments.
    cross_check : path
    """
    found, why = complete_and_failed(lambda path: read(path, Equilibrium), experiments, equilibria)
    measured, _ = complete_and_failed(lambda path: read(path, Exponents), experiments, exponents)
    complete = {name: experiments[name] for name in found}
    return class_rows(complete, found, measured, CROSS_CHECK.read(cross_check)), failed_rows(experiments, why)


def exponent_rows(rows: Sequence[ClassRow]) -> list[ExponentRow]:
    """A row per class, quantity and window, those left out of which nothing was measured."""
    return [
        ExponentRow(row, quantity, window, measured)
        for row in rows
        for quantity, windows in row.measured.quantities.items()
        for window, measured in windows.items()
        if measured
    ]


def measurements(rows: Sequence[ClassRow], failed: Sequence[FailedRow] = ()) -> pd.DataFrame:
    """What is predicted and measured of q̇ on the paper's window, and why nothing is measured of what failed.

    Returns
    -------
    DataFrame
        A row per experiment and class; `title` is what people call the experiment. A column `x` and its standard error
        `x_se` for every estimate, what infinite data would give (`x_population`) and `x_z`; of w and b the parts of the
        error too, `x_se_monte_carlo` and `x_se_sampling`. `failed` is why the experiment failed, empty if it is
        complete.
    """
    lines = [{**_class_columns(row), "failed": None} for row in rows]
    lines += [{**_predicted_columns(row), "failed": row.why} for row in failed]
    # Integers stay integers beside the empty cells of what failed.
    return pd.DataFrame(lines, dtype=object if failed else None)


def _predicted_columns(row: Row) -> dict[str, Any]:
    prediction, of_class = row.experiment.prediction, row.experiment.classes[row.class_name]
    return {
        "experiment": row.name,
        "class": row.class_name,
        "title": row.experiment.title,
        "sign": of_class.sign,
        "activation": row.experiment.activation_name,
        "loss": row.experiment.loss_name,
        "H": prediction.H if prediction else None,
        "k_w_predicted": prediction.k_w if prediction else None,
        "k_b_predicted": prediction.k_b if prediction else None,
        "k_q_predicted": of_class.texts["q_dot"],
    }


def _class_columns(row: ClassRow) -> dict[str, Any]:
    paper = row.measured.paper
    return {
        **_predicted_columns(row),
        **_estimate("w", row.equilibrium.w),
        **_population_mean("w", row.equilibrium, 0),
        **_parameter_errors("w", row.equilibrium.errors, 0),
        **_estimate("b", row.equilibrium.b),
        **_population_mean("b", row.equilibrium, 1),
        **_parameter_errors("b", row.equilibrium.errors, 1),
        **_estimate("accuracy", row.equilibrium.accuracy),
        **_population("accuracy", row.equilibrium.population.accuracy if row.equilibrium.population else None),
        **msgspec.structs.asdict(paper.window),
        "observed_decades": row.observed.window.decades if row.observed else float("nan"),
        **_estimate("k_jacobian", paper.jacobian.exponent),
        **_population("k_jacobian", paper.jacobian.population),
        **_estimate("k_raw", paper.raw.exponent),
        **_population("k_raw", paper.raw.population),
        **_estimate("k_corrected", paper.corrected.exponent),
        **_population("k_corrected", paper.corrected.population),
        "chi2_p": row.measured.goodness_of_fit.p_value,
        "seen_against_unseen_p": row.measured.seen_against_unseen,
        "dead_fraction": row.measured.fractions.dead,
        "k_powerlaw": row.k_powerlaw,
        "powerlaw_disagreement": row.disagreement,
    }


def exponents(rows: Sequence[ExponentRow]) -> pd.DataFrame:
    """Every exponent on every window.

    Returns
    -------
    DataFrame
        A row per experiment, class, exponent and window. k as the paper predicts it, and as theory derives it from the
        composition, with the regime (None where they do not). The three exponents with standard errors and 95%
        intervals (`_low`, `_high`), both total; the parts of the error (`_se_` and the name of one in
        `records.estimates.ErrorBudget`); what infinite data would give, how accurate that is, and z (`_population`,
        `_population_accuracy`, `_z`). Of fits Fisher's error and the bootstrap's interval, both at fixed w and b.
        p-values of the KS tests of the power law, of the dataset-weighted power law and of the exact density. Where the
        theory has a shifted power law k_w of that and A/B, fitted and expected.
    """
    return pd.DataFrame([_exponent_columns(row) for row in rows])


def _exponent_columns(row: ExponentRow) -> dict[str, Any]:
    found, shifted = row.measured, row.measured.shifted
    jacobian = found.jacobian.exponent
    return {
        "experiment": row.of.name,
        "class": row.of.class_name,
        "exponent": row.exponent,
        "window": row.window,
        "predicted": row.of.predicted(row.quantity),
        "derived": found.theory.text if found.theory else None,
        "regime": found.theory.approach if found.theory else None,
        **msgspec.structs.asdict(found.window),
        **_estimate("k_jacobian", jacobian),
        **_interval("k_jacobian", jacobian.interval),
        **_budget("k_jacobian", found.jacobian.budget),
        **_population("k_jacobian", found.jacobian.population),
        **_fit("raw", found.raw),
        **_fit("corrected", found.corrected),
        "ks_p_duality": found.duality.p_value,
        **_estimate("k_shifted", shifted.exponent if shifted else None),
        **_interval("k_shifted", shifted.profile.exponent if shifted else None),
        **_population("k_shifted", shifted.population if shifted else None),
        **_interval("k_shifted_bootstrap", shifted.bootstrap if shifted else None),
        "ks_p_shifted": shifted.ks_p_value if shifted else None,
        **_estimate("A_over_B", shifted.ratio if shifted else None),
        **_interval("A_over_B", shifted.profile.ratio if shifted else None),
        **_interval("B_over_A", shifted.profile.inverse_ratio if shifted else None),
        "A_over_B_theory": shifted.theory.ratio if shifted else None,
        "gain_over_no_shift": shifted.gain if shifted else None,
        "gain_over_exponential": shifted.gain_over_exponential if shifted else None,
    }


def _fit(kind: str, fit: Fit) -> dict[str, float | None]:
    return {
        **_estimate(f"k_{kind}", fit.exponent),
        **_interval(f"k_{kind}", fit.exponent.interval),
        **_budget(f"k_{kind}", fit.budget),
        f"k_{kind}_se_fisher": fit.fisher,
        **_interval(f"k_{kind}_bootstrap", fit.bootstrap),
        **_population(f"k_{kind}", fit.population),
        f"ks_p_{kind}": fit.ks_p_value,
    }


def _estimate(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return {name: None, f"{name}_se": None}
    return {name: estimate.value, f"{name}_se": estimate.se}


def _population(name: str, population: PopulationValue | None) -> dict[str, float | None]:
    found = (population.value, population.accuracy, population.z) if population else (None, None, None)
    return dict(zip((f"{name}_population", f"{name}_population_accuracy", f"{name}_z"), found, strict=True))


def _population_mean(name: str, equilibrium: Equilibrium, index: int) -> dict[str, float | None]:
    found = equilibrium.population
    value, z = (found.mean[index], found.distance[index]) if found else (None, None)
    return {f"{name}_population": value, f"{name}_z": z}


def _parameter_errors(name: str, errors: ParameterErrors, index: int) -> dict[str, float]:
    parts = {"monte_carlo": errors.monte_carlo, "sampling": errors.sampling}
    return {f"{name}_se_{part}": float(np.sqrt(covariance[index, index])) for part, covariance in parts.items()}


def _budget(name: str, budget: ErrorBudget) -> dict[str, float]:
    return {f"{name}_se_{part}": se for part, se in msgspec.structs.asdict(budget).items()}


def _interval(name: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    return dict(zip((f"{name}_low", f"{name}_high"), interval or (None, None), strict=True))
