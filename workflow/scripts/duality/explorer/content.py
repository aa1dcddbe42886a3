"""What the explorer has to show: compositions as code, where their sliders start, and the regimes of the theory.

Every activation of the config goes with every loss of it, and besides there is the family of designed losses, whose k
and cap stay symbols. A pair that a loss or an activation does not allow is told of, with the reason.
"""

import math
import re
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import sympy as sp
from msgspec import field

from duality.config.design import HIGHEST, LARGEST_CAP, LOWEST, NEAREST, Design, design
from duality.config.settings import Experiment
from duality.dataset.density import Gaussian
from duality.dataset.distribution import Density
from duality.dataset.model import Model
from duality.errors import InputError
from duality.explorer.javascript import function
from duality.formulas.compose import compose
from duality.formulas.composition import Composition, check_defined
from duality.formulas.notation import formulas, mathml
from duality.formulas.parsing import ACTIVATION_SYMBOLS, LOSS_SYMBOLS, parse_expression
from duality.formulas.stable import Y
from duality.records.record import Record
from duality.records.training import Equilibrium
from duality.theory.regimes import regimes_table
from duality.training.population import population_optimum

_MOST_OTHER_PAIRS = 36  # that no experiment has: each costs about a second
_SECONDS = 20  # of the processor for what is derived of such a pair: how long SymPy takes nothing tells
_FAMILY = (*(Fraction(quarter, 4) for quarter in range(8)), *(Fraction(half, 2) for half in range(4, 9)))  # k
_ONE_SIGMA = 0.1586552539314571  # probability below -1 standard deviation of a Gaussian
_EXPONENTS = ("k_b", "k_w", "k_q")
_SHOWN = ("class", "approach", "h_leading", "sign", *_EXPONENTS, *(f"{k}_text" for k in _EXPONENTS), "condition")
_DRAWN = ("approach", "h_leading", "condition")  # texts with formulas


class ShownClass(Record, frozen=True):
    """A class, and the Gaussian at which its sliders start.

    Attributes
    ----------
    name : str
    x2, mean, sd : float
    gaussian : bool
        Whether that is its distribution. If not, the Gaussian has its median, and as much between its quantiles of
        ±1 standard deviation.
    """

    name: str
    x2: float
    mean: float
    sd: float
    gaussian: bool


class Start(Record, frozen=True):
    """(w, b) at which sliders start; errors are None where no training measured it."""

    w: float
    b: float
    w_se: float | None = None
    b_se: float | None = None


class ShownPair(Record, frozen=True):
    """An activation with a loss, by their keys in the config.

    Attributes
    ----------
    refused : str
        Why there is no such composition. Empty if there is one.
    code : dict
        JavaScript: `h`, `dh`, `d2h` (h, h′ and h″) and `piece`, each a function of y per class.
    start : Start or None
        The optimum for infinite data, unless an experiment measured more. None if there is none.
    regimes : list of mapping
        Rows of `records.theory.REGIMES`, with `drawn`, their texts as HTML, and `y_low` and `y_high`, between which it
        is seen: None at infinity.
    """

    activation: str
    loss: str
    refused: str = ""
    code: dict[str, list[str]] = field(default_factory=dict)
    start: Start | None = None
    regimes: list[dict[str, Any]] = field(default_factory=list)


class ShownExperiment(Record, frozen=True):
    """An experiment of the run.

    Attributes
    ----------
    name, title : str
        In the config, and as people call it.
    activation, loss : str
        Of its pair. Empty if it has a design.
    design : tuple or None
        Its k and its cap.
    gamma : float
    start : Start
        Its measured equilibrium.
    class_name, sign : str
        What it is about, first of all.
    """

    name: str
    title: str
    activation: str
    loss: str
    design: tuple[float, float] | None
    gamma: float
    start: Start
    class_name: str
    sign: str


class Family(Record, frozen=True):
    """The designed losses of all k.

    Attributes
    ----------
    code : mapping
        Code as that of a pair, of functions of y, d = 1 - k and the cap: "below" and "above" k = 1, and "at" it.
    lowest, highest, nearest, cap, largest_cap : float
        Of k, of its distance from 1 if it is not 1, and of the cap.
    optima : list of (k, w, b)
        For infinite data, at the cap of the config.
    """

    code: dict[str, dict[str, list[str]]]
    lowest: float
    highest: float
    nearest: float
    cap: float
    largest_cap: float
    optima: list[tuple[float, float, float]]


class Content(Record, frozen=True):
    """All that the page has to show.

    Attributes
    ----------
    classes, pairs, experiments : lists
    activations, losses : mapping
        By their keys in the config, `name` and `formula`, and `drawn`, that as MathML.
    failed : mapping
        By their titles, why the experiments failed that the run has not to show.
    family : Family or None
        None if the config has not two classes.
    tolerance : float
    """

    classes: list[ShownClass]
    activations: dict[str, dict[str, str]]
    losses: dict[str, dict[str, str]]
    pairs: list[ShownPair]
    experiments: list[ShownExperiment]
    failed: dict[str, str]
    family: Family | None
    tolerance: float


def content(
    activations: Mapping[str, Mapping[str, Any]],
    losses: Mapping[str, Mapping[str, Any]],
    experiments: Mapping[str, Experiment],
    densities: Mapping[str, Density],
    equilibria: Mapping[str, Equilibrium],
    failed: Mapping[str, str],
    regimes: Mapping[str, pd.DataFrame],
    labels: Sequence[float],
    cap: float,
    tolerance: float,
) -> Content:
    """Put together what the page shows.

    Parameters
    ----------
    activations, losses : mapping
        Of the config.
    experiments, densities : mapping
        Of the config; densities of the classes, in its order.
    equilibria, regimes : mapping of str
        What training came to, of the experiments that are complete, and of all what theory found of the composition.
    failed : mapping
        Why the other experiments failed.
    labels : sequence of float
        x2 of the classes.
    cap : float
        Of designed losses.
    tolerance : float
        By which a local exponent may be off that of a regime where it is said to be seen.
    """
    classes = [_class(name, x2, density) for (name, density), x2 in zip(densities.items(), labels, strict=True)]
    of_pairs = {(one.activation, one.loss): name for name, one in experiments.items() if one.design is None}
    all_pairs = [(activation, loss) for activation in activations for loss in losses]
    if len(all_pairs) - len(of_pairs) > _MOST_OTHER_PAIRS:
        all_pairs = [pair for pair in all_pairs if pair in of_pairs]
    pairs = []
    for activation, loss in all_pairs:
        name = of_pairs.get((activation, loss))
        known = None if name is None else regimes[name]
        parts = activations[activation], losses[loss]
        try:
            with _within(_SECONDS):
                pairs.append(_pair((activation, loss), parts, densities, labels, known, name in equilibria))
        except (InputError, _TooLong) as error:
            pairs.append(ShownPair(activation, loss, refused=str(error)))
    return Content(
        classes=classes,
        activations=_parts(activations, "f", ACTIVATION_SYMBOLS),
        losses=_parts(losses, "H", LOSS_SYMBOLS),
        pairs=pairs,
        experiments=[_experiment(name, experiments[name], found) for name, found in equilibria.items()],
        failed={experiments[name].title: why for name, why in failed.items()},
        family=_family(densities, labels, cap) if len(labels) == 2 else None,
        tolerance=tolerance,
    )


def code_of(composition: Composition, arguments: Sequence[str] = ("y",)) -> dict[str, list[str]]:
    """h, h′, h″ and the number of the smooth piece of every class as JavaScript functions.

    Parameters
    ----------
    composition : Composition
    arguments : sequence of str
        Names of the functions' arguments.

    Raises
    ------
    InputError
        If a formula has what JavaScript has no word for.
    """
    parts = {name: composition.derivative(order) for order, name in enumerate(("h", "dh", "d2h"), start=1)}
    parts["piece"] = composition.piece_numbers()
    return {name: [function(one, arguments) for one in expressions] for name, expressions in parts.items()}


class _TooLong(BaseException):
    """No library on the way takes it for an error of its own."""

    def __str__(self) -> str:
        return f"to derive it takes longer than {_SECONDS} seconds"


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _class(name: str, x2: float, density: Density) -> ShownClass:
    if isinstance(density, Gaussian):
        return ShownClass(name, x2, density.mean, density.sd, gaussian=True)
    low, median, high = (float(x1) for x1 in density.ppf(np.array([_ONE_SIGMA, 0.5, 1 - _ONE_SIGMA])))
    return ShownClass(name, x2, median, 0.5 * (high - low), gaussian=False)


def _pair(
    names: tuple[str, str],
    parts: tuple[Mapping[str, Any], Mapping[str, Any]],
    densities: Mapping[str, Density],
    labels: Sequence[float],
    regimes: pd.DataFrame | None,
    trained: bool,
) -> ShownPair:
    activation, loss = parts
    parameters = activation.get("parameters", {}), loss.get("parameters", {})
    composition = compose(activation["f"], loss["H"], labels, *parameters)
    check_defined(composition)
    if regimes is None:  # of no experiment
        regimes = regimes_table({"": composition}, list(densities))
    start = None if trained else _optimum(Model(composition, densities))
    return ShownPair(*names, code=code_of(composition), start=start, regimes=_rows(regimes))


def _parts(parts: Mapping[str, Mapping[str, Any]], symbol: str, symbols: Sequence[str]) -> dict[str, dict[str, str]]:
    """Activations or losses of the config, named and drawn."""
    shown = {}
    names = Counter(part.get("name", key) for key, part in parts.items())
    for key, part in parts.items():
        name, parameters = part.get("name", key), part.get("parameters", {})
        # Two may have one name: then words of their keys that it lacks tell them apart.
        more = [word for word in key.split("_") if word not in re.findall(r"\w+", name)] if names[name] > 1 else []
        equations = [(symbol, parse_expression(part[symbol], [*symbols, *parameters]))]
        equations += [(name_of, sp.Float(value, 6)) for name_of, value in parameters.items()]
        shown[key] = {
            "name": f"{name} ({' '.join(more)})" if more else name,
            "formula": part[symbol],
            "drawn": " ".join(mathml(sp.Eq(sp.Symbol(left), right, evaluate=False)) for left, right in equations),
        }
    return shown


def _rows(regimes: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for given, (low, high) in zip(regimes.to_dict("records"), _sides(regimes), strict=True):
        row = {key: given[key] for key in _SHOWN} | {"y_low": low, "y_high": high}
        finite = {key: None if isinstance(of, float) and not math.isfinite(of) else of for key, of in row.items()}
        rows.append(finite | {"drawn": {key: str(formulas(row[key])) for key in _DRAWN}})
    return rows


def _sides(regimes: pd.DataFrame) -> Iterator[tuple[float, float]]:
    """The y of each regime: its stretch, or, where another limit of it has the same k_q, the part on its own side.

    A stretch is divided in its middle; where an end is at infinity, as far from the other as y is to count as large, 1.
    """
    shared = regimes.groupby(["class", "y_low", "y_high", "k_q"])["y_star"].transform("nunique")
    columns = (regimes["y_low"], regimes["y_high"], regimes["y_star"], shared)
    for low, high, limit, limits in zip(*columns, strict=True):
        if not limits > 1:
            yield low, high
            continue
        left = low if math.isfinite(low) else high - 2 if math.isfinite(high) else -1.0
        right = high if math.isfinite(high) else left + 2
        middle = 0.5 * (left + right)
        yield (low, middle) if limit <= low else (middle, high)


def _optimum(model: Model) -> Start | None:
    """For infinite data; None where the loss has none, or the medians of the classes do not differ."""
    medians = [float(density.ppf(np.array([0.5]))[0]) for density in model.densities.values()]
    low, high = min(medians), max(medians)
    if low == high:
        return None
    w = math.copysign(2 / (high - low), medians[-1] - medians[0])
    try:
        found = population_optimum(model, (w, -0.5 * w * (low + high))).optimum
    except InputError:
        return None
    return Start(float(found[0]), float(found[1])) if np.isfinite(found).all() else None


def _experiment(name: str, experiment: Experiment, found: Equilibrium) -> ShownExperiment:
    class_name, measured = next(iter(experiment.classes.items()))
    return ShownExperiment(
        name,
        experiment.title,
        "" if experiment.design else experiment.activation,
        "" if experiment.design else experiment.loss,
        (experiment.design.k, float(experiment.design.cap)) if experiment.design else None,
        experiment.training.gamma,
        Start(found.w.value, found.b.value, found.w.se, found.b.se),
        class_name,
        measured.sign,
    )


def _family(densities: Mapping[str, Density], labels: Sequence[float], cap: float) -> Family:
    first, second = (Fraction(repr(float(label))) for label in labels)
    limit = sp.Symbol("cap", positive=True)
    below, above = (1 - sp.Symbol("d", **{sign: True}) for sign in ("positive", "negative"))
    code = {
        name: code_of(_symbolic(Design(k, limit, (first, second)), labels), ("y", "d", "cap"))
        for name, k in (("below", below), ("at", Fraction(1)), ("above", above))
    }
    optima = []
    for k in _FAMILY:
        made = design(k, Fraction(str(cap)), labels)
        optimum = _optimum(Model(compose(made.activation, made.loss, labels), densities))
        if optimum is not None:
            optima.append((float(k), optimum.w, optimum.b))
    lowest, highest, nearest = map(float, (LOWEST, HIGHEST, NEAREST))
    return Family(code, lowest, highest, nearest, float(cap), float(LARGEST_CAP), optima)


def _symbolic(made: Design, labels: Sequence[float]) -> Composition:
    """The composition of a design whose k and cap are symbols, as `compose` makes that of one with numbers."""
    f = parse_expression(made.activation, ACTIVATION_SYMBOLS)
    H = parse_expression(made.loss, (*LOSS_SYMBOLS, "d", "cap"))
    x2, inner = sp.Symbol("x2", real=True), sp.Symbol("f", real=True)
    values = [{x2: sp.Rational(repr(float(label))), inner: f} for label in labels]
    assert f.has(Y)
    return Composition(f, tuple(H.subs(value) for value in values), tuple(map(float, labels)))
