"""Eqs. 8.1-8.6: the sign convention of exponents, the dataset, the sigmoid, and the two losses."""

import numpy as np
import sympy as sp

from duality.derivations.asymptotics import limit
from duality.derivations.vocabulary import (
    CROSS_ENTROPY,
    DENSITIES,
    LABELS,
    LOGISTIC,
    LOSSES,
    MEANS,
    SD,
    SIGMOID,
    SQUARED,
    X1,
    X2,
    F,
    K,
    composition,
    gaussian_log_density,
    sigmoid_loss,
)
from duality.formulas.stable import Y
from duality.theory.proof import all_identical, identical
from duality.verdicts import Finding, definition


def equation_8_1() -> Finding:
    """The sign convention of k_q: a Jacobian |dq̇/dx1| ∝ q̇^k and a flat p(x1) give p(q̇) ∝ q̇^(-k)."""
    q, flat, scale = sp.symbols("q P C", positive=True)
    density = flat / (scale * q**K)
    holds, _ = identical(-q * sp.log(density).diff(q), K)
    return definition(
        holds,
        "with Eq. 4.6, |dq̇/dx1| = C·q̇^k and flat p(x1), -d ln p/d ln q̇ = k: decay has positive k_q",
    )


def _moments() -> list[tuple[sp.Expr, sp.Expr]]:
    """⟨x1⟩ and ⟨x1²⟩ of both classes, integrated over Gaussians of the stated mean and standard deviation."""
    moments = []
    for mean in MEANS:
        density = sp.exp(gaussian_log_density(mean, SD)) / (SD * sp.sqrt(2 * sp.pi))
        first, second = (sp.integrate(X1**n * density, (X1, -sp.oo, sp.oo)) for n in (1, 2))
        moments.append((sp.simplify(first), sp.simplify(second)))
    return moments


def _sampled_moments() -> list[tuple[float, float]]:
    """Mean and standard deviation of the library's densities, by the midpoint rule over their quantiles."""
    probability = (np.arange(2**16) + 0.5) / 2**16
    return [(float(np.mean(x)), float(np.std(x))) for x in (density.ppf(probability) for density in DENSITIES)]


def equation_8_2() -> Finding:
    """The means of the two classes, integrated over the densities, and those of the library's densities."""
    means = [first for first, _ in _moments()]
    error = max(abs(mean - float(stated)) for (mean, _), stated in zip(_sampled_moments(), MEANS, strict=True))
    return definition(
        means == list(MEANS) and error < 1e-9,
        (
            f"integrals over the Gaussians give {means[0]} and {means[1]}; quantiles of the library's "
            f"densities agree within {error:.0e}"
        ),
    )


def equation_8_3() -> Finding:
    """√(⟨x1²⟩ - ⟨x1⟩²) in both forms printed, for both classes."""
    (first_0, second_0), (first_1, second_1) = _moments()
    deviations = (
        sp.sqrt(second_0 - first_0**2),
        sp.sqrt(second_0),
        sp.sqrt(second_1 - first_1**2),
        sp.sqrt(second_1 - 1),
    )
    error = max(abs(sd - float(SD)) for _, sd in _sampled_moments())
    return Finding(
        all(deviation == SD for deviation in deviations) and error < 1e-4,
        f"all four expressions integrate to {deviations[0]}; quantiles of the library's densities give it within "
        f"{error:.0e}",
        "proof",
        error=error,
    )


def equation_8_4() -> Finding:
    """The sigmoid: f′ = f(1 - f), f(-y) = 1 - f(y), values in (0, 1), and the library's composition uses it."""
    slope, _ = identical(LOGISTIC.diff(Y), LOGISTIC * (1 - LOGISTIC))
    mirrored, _ = identical(LOGISTIC.subs(Y, -Y), 1 - LOGISTIC)
    ends = limit(LOGISTIC, (Y, -sp.oo)) == 0 and limit(LOGISTIC, (Y, sp.oo)) == 1
    used, _ = identical(composition(SIGMOID, SQUARED).f, LOGISTIC)
    return definition(
        slope and mirrored and ends and used,
        "f′ = f(1 - f) > 0 from 0 to 1, f(-y) = 1 - f(y): the logistic function, which the library composes",
    )


def _proper(loss: sp.Expr) -> tuple[bool, str]:
    """Whether the mean loss of a class-1 probability P is stationary at f = P and convex there."""
    odds = sp.Symbol("s", positive=True)
    P = odds / (1 + odds)
    risk = P * loss.subs(X2, 1) + (1 - P) * loss.subs(X2, 0)
    stationary, method = identical(risk.diff(F).subs(F, P), sp.Integer(0))
    return stationary and bool(sp.simplify(risk.diff(F, 2).subs(F, P)).is_positive), method


def _is_composed(loss: str) -> bool:
    """Whether the library composes of the formula and the sigmoid what is written out by hand."""
    used, _ = all_identical(*((composition(SIGMOID, loss).H[x2], sigmoid_loss(loss, x2)) for x2 in LABELS))
    return used


def equation_8_5() -> Finding:
    """The squared loss is proper, vanishes just at f = x2, and is what the library composes."""
    proper, _ = _proper(LOSSES[SQUARED])
    zero = sp.solve(LOSSES[SQUARED], F) == [X2]
    used = _is_composed(SQUARED)
    return definition(
        proper and zero and used,
        "zero just at f = x2, mean loss minimal at f = P(x2=1|x1); the library composes the same H(y)",
    )


def equation_8_6() -> Finding:
    """The cross-entropy is proper, dH/dy = f - x2 with a sigmoid, and it is what the library composes."""
    proper, _ = _proper(LOSSES[CROSS_ENTROPY])
    kicks, _ = all_identical(*((sigmoid_loss(CROSS_ENTROPY, x2).diff(Y), LOGISTIC - x2) for x2 in LABELS))
    used = _is_composed(CROSS_ENTROPY)
    return definition(
        proper and kicks and used,
        "mean loss minimal at f = P(x2=1|x1), dH/dy = f - x2 with a sigmoid; the library composes the same H(y)",
    )
