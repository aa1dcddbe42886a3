"""Sec. 4: the Jacobian of the duality, its singular values, and what they become in the toy model."""

import numpy as np
import sympy as sp
from scipy import special

from duality.derivations.change_of_variables import preimages
from duality.derivations.small_network import START, complex_step, network_q_dot
from duality.derivations.vocabulary import DENSITIES, GAMMA, LEARNING_RATE, OPEN_H, X1, kick, sigmoid_case
from duality.formulas.notation import spelled
from duality.jacobian.duality import Duality
from duality.theory.proof import ROUNDING, all_identical, difference_quotient, identical, relative_deviation
from duality.verdicts import Finding

# Eqs. 4.1-4.3 for two boundary neurons x, two bulk neurons f and three trainable variables q; f, H_x and H_q are open.
_X = sp.symbols("x1 x2", real=True)
_Q = sp.symbols("q1 q2 q3", real=True)
_BULK = [sp.Function(name)(*_X, *_Q) for name in ("f1", "f2")]
_N, _N_BOUNDARY = len(_X) + len(_BULK), len(_X)
_LAMBDA = sp.Matrix(3, 3, sp.symbols("L11 L12 L13 L21 L22 L23 L31 L32 L33", real=True))
_R = sp.Matrix.hstack(sp.eye(2), sp.zeros(2, 1))


def _H_x(*bulk: sp.Expr) -> sp.Expr:
    return sp.Function("H_x")(*bulk, *_X)


def _in_bulk(index: int) -> sp.Expr:
    """∂H_x/∂f_k at f(x, q), all else held."""
    slot = sp.Dummy("slot")
    held = [slot if other == index else f for other, f in enumerate(_BULK)]
    return _H_x(*held).diff(slot).subs(slot, _BULK[index])


def equation_4_1() -> Finding:
    """Gradient descent in q′ = Λ·q: q̇′ = Λ·q̇ = -γ·Λ·∂H/∂q = -γ·ΛΛᵀ·∂H/∂q′, then the chain rule."""
    gradient = sp.Matrix(sp.symbols("g1 g2 g3", real=True))  # ∂H/∂q
    in_transformed = _LAMBDA.inv().T * gradient  # ∂H/∂q′, as ∂q/∂q′ = Λ⁻¹
    q_dot = _R * _LAMBDA * gradient
    transformed = sp.simplify(_R * _LAMBDA * _LAMBDA.T * in_transformed)
    untransformed = _R * _LAMBDA * _LAMBDA.T * gradient
    first, method = all_identical(*zip(transformed, q_dot, strict=True))
    other_reading, _ = all_identical(*zip(untransformed, q_dot, strict=True))
    H_q = sp.Function("H_q")(*_Q)
    chain = [
        ((_H_x(*_BULK) + H_q).diff(q), sum(f.diff(q) * _in_bulk(k) for k, f in enumerate(_BULK)) + H_q.diff(q))
        for q in _Q
    ]
    second, _ = all_identical(*chain)
    return Finding(
        first and second,
        "for any constant Λ, if q_m on the right are the transformed variables, whose primes the text omits (with "
        f"the original ones it is {'right too' if other_reading else 'wrong: ΛΛᵀ would have to be Λ'}); chain rule "
        "for any f, H_x, H_q",
        method,
    )


def equation_4_2() -> Finding:
    """∂q̇/∂x_∂ = -γ·RΛΛᵀ·(∂²f/∂x∂q ∂H_x/∂f + ∂f/∂q ∂²H_x/∂x∂f) for constant Λ, two boundary and two bulk neurons."""
    H_q = sp.Function("H_q")(*_Q)
    total = sp.Matrix(3, 2, lambda m, j: (_H_x(*_BULK) + H_q).diff(_Q[m]).diff(_X[j]))
    back = [_in_bulk(k) for k in range(2)]

    def bracket(derivative_of_back: list[list[sp.Expr]]) -> sp.Matrix:
        return sp.Matrix(
            3,
            2,
            lambda m, j: sum(
                f.diff(_X[j]).diff(_Q[m]) * back[k] + f.diff(_Q[m]) * derivative_of_back[k][j]
                for k, f in enumerate(_BULK)
            ),
        )

    # ∂/∂x of ∂H_x/∂f_k along f(x, q) …
    along = bracket([[back[k].diff(x) for x in _X] for k in range(2)])
    # … and with f held.
    held_f = sp.symbols("F1 F2", real=True)
    at_f = dict(zip(held_f, _BULK, strict=True))
    held = bracket([[_H_x(*held_f).diff(held_f[k]).diff(x).subs(at_f) for x in _X] for k in range(2)])
    printed = sp.simplify(sp.expand(total - along)) == sp.zeros(3, 2)
    with_f_held = sp.simplify(sp.expand((total - held)[0, 0])) == 0
    return Finding(
        printed,
        "for any f, H_x, H_q and constant Λ, if ∂/∂x_∂ of ∂H_x/∂f is taken along f(x_∂, q), as H_x(x_∂, q) "
        "suggests (with f held it is "
        f"{'right too' if with_f_held else 'wrong: ∂²H_x/∂f_k∂f_l·∂f_l/∂x_∂ is missing'}); a Λ that depends on x_∂, "
        "which (3.12) needs, adds R·(∂Λ/∂x_∂)·q̇, which is zero in the toy model",
        "proof",
    )


def equation_4_3() -> Finding:
    """|det(-γ·M)|⁻¹ for the N_∂ × N_∂ matrix M: which power of γ comes out?"""
    M = sp.Matrix(_N_BOUNDARY, _N_BOUNDARY, sp.symbols("m11 m12 m21 m22", real=True))
    with_gamma = 1 / sp.Abs((-GAMMA * M).det())
    without = 1 / sp.Abs(M.det())
    ratio = sp.simplify(with_gamma / without)
    printed, _ = identical(ratio, GAMMA**-_N)
    mended, method = identical(ratio, GAMMA**-_N_BOUNDARY)
    return Finding(
        printed,
        f"N = {_N}, N_∂ = {_N_BOUNDARY}: the factor is {spelled(ratio)}; with γ^(-N) the density would integrate to "
        "γ^(N_∂-N), in the toy model (one input) to 1/γ; the exponents of power laws are not affected",
        method,
        mended=mended,
        right_form="γ^(-N_∂) instead of γ^(-N)",
    )


def _q_dot(x: np.ndarray) -> np.ndarray:
    """q̇ of the small network."""
    return network_q_dot(x, LEARNING_RATE)


def equation_4_4() -> Finding:
    """J = U·Σ·Vᵀ with orthogonal U, V: the Jacobian of a random network, Σ against the eigenvalues of JᵀJ."""
    J = complex_step(_q_dot, START)
    U, sigma, V_T = np.linalg.svd(J, full_matrices=False)
    eye = np.eye(sigma.size)
    restored = float(np.max(np.abs(U * sigma @ V_T - J)) / sigma[0])
    orthogonal = float(max(np.max(np.abs(U.T @ U - eye)), np.max(np.abs(V_T @ V_T.T - eye))))
    eigen = relative_deviation(sigma**2, np.linalg.eigvalsh(J.T @ J)[::-1])
    deviation = max(restored, orthogonal, eigen)
    return Finding(
        deviation < ROUNDING,
        f"Jacobian of shape {J.shape} of a random network: product, orthogonality and Σ² as eigenvalues of JᵀJ to "
        f"{deviation:.0e}",
        "floating point",
        error=deviation,
    )


def equation_4_5() -> Finding:
    """q′ = Uᵀ·q and x′ = Vᵀ·x make the Jacobian diagonal at the point where U and V were taken."""
    U, sigma, V_T = np.linalg.svd(complex_step(_q_dot, START), full_matrices=False)

    def off_diagonal(x: np.ndarray) -> float:
        primed = complex_step(lambda x_primed: U.T @ _q_dot(V_T.T @ x_primed), V_T @ x)
        return float(np.max(np.abs(primed - np.diag(np.diag(primed)))) / sigma[0])

    here, nearby = off_diagonal(START), off_diagonal(START + 0.1)
    return Finding(
        here < ROUNDING,
        f"∂q̇′/∂x′ is diagonal to {here:.0e} at the point itself; 0.1 away in every x it is off by {nearby:.0%} of "
        "the largest singular value: it is local, as said",
        "floating point",
        value=nearby,
        error=here,
    )


def equation_4_6() -> Finding:
    """p(q̇_i) = p(x^i)/Σ_i: exact for one dimension, and for the marginals of a linear map of a normal vector."""
    duality = Duality(*sigmoid_case(0))
    q = np.array([5e-3, 1e-2, 2e-2])
    x1 = [np.array(preimages(duality.magnitude, float(one), DENSITIES[0])) for one in q]
    # Σ as the slope of the map itself: the library's Jacobian is what is checked.
    slopes = [np.abs(difference_quotient(duality.magnitude, x)) for x in x1]
    summed = [np.sum(duality.density.pdf(x) / slope) for x, slope in zip(x1, slopes, strict=True)]
    one_dimension = relative_deviation(duality.pdf(q, -1), np.array(summed))
    J = np.array([[1.0, 2.0], [-0.5, 0.3]])
    U, sigma, V_T = np.linalg.svd(J)
    covariance = np.array([[1.0, 0.0], [0.0, 0.1]])  # of x: independent, but correlated in the basis V
    of_q, of_x = U.T @ J @ covariance @ J.T @ U, V_T @ covariance @ V_T.T
    marginals = relative_deviation(np.sqrt(np.diag(of_q)), sigma * np.sqrt(np.diag(of_x)))
    correlation = float(of_q[0, 1] / np.sqrt(of_q[0, 0] * of_q[1, 1]))
    deviation = max(one_dimension, marginals)
    return Finding(
        deviation < ROUNDING,
        f"one dimension: {one_dimension:.0e} (a sum where the map is not one-to-one); linear map of two dimensions: "
        f"standard deviations scale by Σ_i to {marginals:.0e}, even if x′ is correlated ({correlation:.2f}); the "
        "joint density is the product only if it is not, which the text assumes; for non-linear maps U and V must "
        "not turn",
        "floating point",
        error=deviation,
    )


def _sigmoid_bracket(x1: np.ndarray, w: float, b: float, x2: float) -> np.ndarray:
    """∂²f/∂x1∂q ∂H/∂f + ∂f/∂q ∂²H/∂x1∂f of Eq. 4.2, q = (w, b), f the sigmoid, H = (f - x2)²: shape (2, points)."""
    y = w * x1 + b
    f, f_bar = special.expit(y), special.expit(-y)
    slope, curvature = f * f_bar, f * f_bar * (f_bar - f)
    mixed = np.array([slope + curvature * w * x1, curvature * w])
    in_f, in_x1_and_f = 2 * (f - x2), 2 * slope * w
    return mixed * in_f + np.array([slope * x1, slope]) * in_x1_and_f


def statement_toy_jacobian() -> Finding:
    """(4.2) and (4.3) in the toy model, with Λ the rotation (5.2) at x1 and R = (1, 0), are (5.4)."""
    w_dot, b_dot = kick(OPEN_H)
    ratio = sp.sqrt(1 + X1**2)
    # tan α = 1/x1; the sign of ḃ is put to +1 here, the other one turns Λ by π.
    rotation = sp.Matrix([[X1, 1], [-1, X1]]) / ratio
    q_dot = sp.Matrix([w_dot, b_dot])
    radial = (rotation * q_dot.diff(X1))[0]
    of_5_4 = (b_dot * ratio).diff(X1)
    turning = (rotation.diff(X1) * q_dot)[0]
    symbolic, method = all_identical((sp.expand(radial - of_5_4), sp.Integer(0)), (turning, sp.Integer(0)))
    duality = Duality(*sigmoid_case(0))
    x1 = np.linspace(-3 * DENSITIES[0].sd, 3 * DENSITIES[0].sd, 31)
    bracket = _sigmoid_bracket(x1, duality.w, duality.b, 0)
    alpha = np.arctan2(duality.b_dot(x1), x1 * duality.b_dot(x1))
    J = -LEARNING_RATE * (np.cos(alpha) * bracket[0] + np.sin(alpha) * bracket[1])
    deviation = relative_deviation(J, duality.jacobian(x1))
    q = np.array([5e-3, 1e-2, 2e-2])
    densities = [_density_4_3(float(one)) for one in q]
    of_density = relative_deviation(np.array(densities), duality.pdf(q, -1))
    return Finding(
        symbolic and max(deviation, of_density) < ROUNDING,
        "for any H(y): R·Λ·∂q̇/∂x1 with Λ held at α(x1) is d|q̇|/dx1, and the turning of Λ, R·(dΛ/dx1)·q̇, adds "
        f"nothing to it; sigmoid and squared loss: Jacobians differ by {deviation:.0e}, densities (4.3, with "
        f"γ^(-1), summed over branches) by {of_density:.0e}",
        method,
        error=max(deviation, of_density),
    )


def _density_4_3(q_dot: float) -> float:
    """Eq. 4.3 with γ^(-1) for sigmoid, squared loss and 'zeros', summed over the solutions of q̇(x1) = q_dot."""
    duality = Duality(*sigmoid_case(0))
    x1 = np.array(preimages(duality.magnitude, q_dot, DENSITIES[0]))
    alpha = np.arctan2(-1, -x1)  # ḃ < 0
    bracket = _sigmoid_bracket(x1, duality.w, duality.b, 0)
    return float(
        np.sum(duality.density.pdf(x1) / np.abs(np.cos(alpha) * bracket[0] + np.sin(alpha) * bracket[1]))
        / LEARNING_RATE
    )


def statement_toy_singular_values() -> Finding:
    """(4.4) and (4.6) in the toy model: after the projection Σ is |d|q̇|/dx1| of (5.4); before it, it is not."""
    w_dot, b_dot = kick(OPEN_H)
    radial = (b_dot * sp.sqrt(1 + X1**2)).diff(X1)
    before, method = identical(
        sp.expand(w_dot.diff(X1) ** 2 + b_dot.diff(X1) ** 2), sp.expand(radial**2 + b_dot**2 / (1 + X1**2))
    )
    duality = Duality(*sigmoid_case(0))
    x1 = duality.density.ppf((np.arange(4096) + 0.5) / 4096)
    bracket = -LEARNING_RATE * _sigmoid_bracket(x1, duality.w, duality.b, 0)
    b_step = duality.b_dot(x1)
    cos, sin = x1 * b_step / duality.magnitude(x1), b_step / duality.magnitude(x1)
    projected = np.array([np.linalg.svd([[one]], compute_uv=False)[0] for one in cos * bracket[0] + sin * bracket[1]])
    unprojected = np.array([np.linalg.svd(column[:, None], compute_uv=False)[0] for column in bracket.T])
    after = relative_deviation(projected, np.abs(duality.jacobian(x1)))
    excess = unprojected / projected - 1
    typical, widely = float(np.median(excess)), float(np.mean(excess > 0.01))
    return Finding(
        before and after < ROUNDING,
        f"of the projected (1 × 1) Jacobian Σ = |d|q̇|/dx1| to {after:.0e}, and (4.6) is the first line of (5.4); "
        "the singular value of the 2 × 1 matrix (dẇ/dx1, dḃ/dx1) is the arc length instead, Σ² = (d|q̇|/dx1)² + "
        "ḃ²/(1 + x1²) for any H(y): the direction turns; for sigmoid and squared loss, 'zeros', it is larger by "
        f"{typical:.1e} (median), by over 1% for {widely:.1%}, without limit at the maximum of q̇",
        method,
        value=typical,
        error=after,
    )
