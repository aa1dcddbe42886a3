"""The Jacobian dq̇/dx1 of the map from data to parameter changes, and what the duality makes of it.

With s = √(1 + x1²):  |q̇| = γ|h|s,  dq̇/dx1 = γ·sgn(h)·(w·h′·s + h·x1/s)  (Eqs. 5.3-5.4).
The map need not be one-to-one: x1 falls into branches on which q̇ is monotone and keeps its sign, and the exact
density is the sum over them, p(q̇) = Σ p(x1)/|dq̇/dx1| (Eq. 3.15 and the text below it).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from duality.conventions import QUANTITIES
from duality.dataset.distribution import Density
from duality.formulas.bisection import bisect
from duality.formulas.composition import Composition
from duality.records.estimates import Frozen
from duality.records.jacobian import Branch

_FAR_TAIL = 1e-12  # probability beyond which x1 is not looked at
_GRID = 2048
_MOST_STEPS, _ROUNDING = 16, 1e-15  # of a preimage
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)  # of a panel of the quadrature over q̇
_PANELS = 64  # of a branch, evenly in x1; of the class, evenly in probability; as many again in its tails
_FAR_APART = 1.0  # ln q̇ between the ends of a panel, at most
_SMALLEST, _LARGEST = np.finfo(float).tiny, np.finfo(float).max  # |q̇| of which there is a logarithm


@dataclass(frozen=True)
class Duality:
    """The map x1 -> q̇ of one class at frozen (w, b); or that to another quantity.

    Each is ḃ times a factor s(x1), see `duality.conventions.QUANTITIES`: √(1 + x1²) for q̇ (signed by ḃ), x1 for ẇ, 1
    for ḃ. What is said of q̇ below holds for the others likewise.

    Attributes
    ----------
    composition : Composition
    label : int
        Index of the class.
    density : Density
        p(x1) of the class.
    frozen : Frozen
        w, b and γ.
    quantity : str
        One of `duality.conventions.QUANTITIES`.
    """

    composition: Composition
    label: int
    density: Density
    frozen: Frozen
    quantity: str = "q_dot"
    _at: dict[tuple[float, float], "Duality"] = field(default_factory=dict, init=False, repr=False, compare=False)
    _tables: dict[Branch, tuple[np.ndarray, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def w(self) -> float:
        return self.frozen.w

    @property
    def b(self) -> float:
        return self.frozen.b

    @property
    def gamma(self) -> float:
        return self.frozen.gamma

    def h(self, y: np.ndarray) -> np.ndarray:
        """h = dH/dy."""
        return self.composition.function(1, self.label)(y)

    def dh(self, y: np.ndarray) -> np.ndarray:
        """h′."""
        return self.composition.function(2, self.label)(y)

    def d2h(self, y: np.ndarray) -> np.ndarray:
        """h″."""
        return self.composition.function(3, self.label)(y)

    def at(self, w: float, b: float) -> "Duality":
        """The same map at other parameters; asked for again, with the branches that it found before."""
        if (w, b) not in self._at:
            self._at[w, b] = replace(self, frozen=replace(self.frozen, w=w, b=b))
        return self._at[w, b]

    def of(self, quantity: str) -> "Duality":
        """The map to another quantity; to its own it is the same, with the branches that it found before."""
        return self if quantity == self.quantity else replace(self, quantity=quantity)

    def y(self, x1: np.ndarray) -> np.ndarray:
        return self.w * np.asarray(x1, float) + self.b

    def b_dot(self, x1: np.ndarray) -> np.ndarray:
        """ḃ(x1) = -γ·h(y)."""
        return -self.gamma * self.h(self.y(x1))

    def factor(self, x1: np.ndarray, order: int = 2) -> tuple[np.ndarray, ...]:
        """s(x1), s′ and s″, or the first of them up to an order."""
        return tuple(factor(np.asarray(x1, float)) for factor in QUANTITIES[self.quantity].factors[: order + 1])

    def fluctuation(self, x1: np.ndarray) -> np.ndarray:
        """q̇(x1) = ḃ·√(1 + x1²) (Eq. 5.3, signed by ḃ), or ẇ = x1·ḃ, or ḃ."""
        return self.b_dot(x1) * self.factor(x1, 0)[0]

    def magnitude(self, x1: np.ndarray) -> np.ndarray:
        """|q̇|(x1)."""
        return np.abs(self.fluctuation(x1))

    def jacobian(self, x1: np.ndarray) -> np.ndarray:
        """d|q̇|/dx1, Eq. 5.4."""
        x1 = np.asarray(x1, float)
        y, (s, ds) = self.y(x1), self.factor(x1, 1)
        h, dh = self.h(y), self.dh(y)
        return self.gamma * np.sign(h * s) * (self.w * dh * s + h * ds)

    def local_exponent(self, x1: np.ndarray) -> np.ndarray:
        """d ln|d|q̇|/dx1| / d ln|q̇| = |q̇|·|q̇|″/(|q̇|′)²: the k for which the Jacobian is locally |q̇|^k."""
        x1 = np.asarray(x1, float)
        y, (s, ds, d2s) = self.y(x1), self.factor(x1)
        h, dh, d2h = self.h(y), self.dh(y), self.d2h(y)
        first = self.w * dh * s + h * ds
        second = self.w**2 * d2h * s + 2 * self.w * dh * ds + h * d2s
        with np.errstate(divide="ignore", invalid="ignore"):
            return h * s * second / first**2

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The pieces on which q̇ is monotone."""
        return tuple(piece for piece in self.pieces if not piece.flat)

    @cached_property
    def pieces(self) -> tuple[Branch, ...]:
        """All pieces within the reach of the density, from left to right; intervals without gradient are left out."""
        probability = np.concatenate([np.geomspace(_FAR_TAIL, 0.5, 512), 1 - np.geomspace(_FAR_TAIL, 0.5, 512)])
        quantiles = np.sort(self.density.ppf(probability))
        low, high = quantiles[[0, -1]]
        left, right = self.density.ppf(np.array([1e-4, 1 - 1e-4]))
        grid = np.unique(np.concatenate([quantiles, np.linspace(low, high, _GRID), np.linspace(left, right, _GRID)]))
        y_ends = np.sort(self.y(np.array([low, high])))
        cuts = [np.array([low, high])]
        if self.w:
            cuts.append((self.composition.corners(y_ends[0], y_ends[1], self.label) - self.b) / self.w)
        for function in (self.b_dot, self.fluctuation, self.jacobian):
            cuts.append(_sign_changes(function, grid))
        edges = np.unique(np.concatenate(cuts))
        edges = edges[(edges >= low) & (edges <= high)]
        # By how much of x1 a cut at some y is off, if y changes with x1 at all.
        scale = (abs(self.b) + 1) / abs(self.w) if y_ends[0] < y_ends[1] else 0.0
        found = []
        for left, right in pairwise(edges):
            # A cut is exact to rounding only: what happens within rounding of it belongs to neither side.
            margin = 8 * np.spacing(max(abs(left), abs(right), scale))
            if right - left <= 4 * margin:
                continue
            left_in, right_in = left + margin, right - margin
            middle = np.array(0.5 * (left + right))
            fluctuation, b_dot = float(self.fluctuation(middle)), float(self.b_dot(middle))
            ends = self.magnitude(np.array([left_in, right_in]))
            if fluctuation:
                found.append(
                    Branch(
                        left=float(left_in),
                        right=float(right_in),
                        sign=1 if fluctuation > 0 else -1,
                        b_sign=1 if b_dot > 0 else -1,
                        increasing=bool(ends[1] > ends[0]),
                        q_low=float(ends.min()),
                        q_high=float(ends.max()),
                    )
                )
        return tuple(found)

    def preimage(self, branch: Branch, q_dot: np.ndarray) -> np.ndarray:
        """x1 on the branch with |q̇|(x1) = q_dot; values beyond the branch give its ends.

        By the Illinois method (M. Dowell and P. Jarratt, BIT 11 (1971) 168) in ln q̇, between the nodes of a table that
        enclose it; by bisection where that does not get to rounding. The Jacobian has no part in it.
        """
        shape, wanted = np.shape(q_dot), self._log(np.ravel(np.asarray(q_dot, float)))
        nodes, log_q = self._table(branch)
        above = np.clip(np.searchsorted(log_q, wanted, side="right"), 1, log_q.size - 1)
        a, b = nodes[above - 1], nodes[above]
        f_a, f_b = log_q[above - 1] - wanted, log_q[above] - wanted
        x1 = np.where(f_b <= 0, b, a)  # beyond an end, or at a node
        sought, ends = np.flatnonzero((f_a < 0) & (f_b > 0)), (a, b)
        a, b, f_a, f_b = a[sought], b[sought], f_a[sought], f_b[sought]
        for _ in range(_MOST_STEPS):
            if not sought.size:
                break
            x = b - f_b * (b - a) / (f_b - f_a)
            f = self._log(self.magnitude(x)) - wanted[sought]
            crossed = f * f_b < 0
            a, f_a = np.where(crossed, b, a), np.where(crossed, f_b, 0.5 * f_a)
            x1[sought] = x
            rough = (np.abs(f) > _ROUNDING * np.maximum(np.abs(wanted[sought]), 1)) & (
                np.abs(x - b) > np.spacing(np.abs(x))
            )
            sought, a, b, f_a, f_b = sought[rough], a[rough], x[rough], f_a[rough], f[rough]
        if sought.size:

            def is_left(x1: np.ndarray) -> np.ndarray:
                return self._log(self.magnitude(x1)) < wanted[sought]

            found = bisect(is_left, ends[0][sought], ends[1][sought], 64)
            x1[sought] = 0.5 * (found[0] + found[1])
        return x1.reshape(shape)

    @staticmethod
    def _log(magnitude: np.ndarray) -> np.ndarray:
        return np.log(np.clip(magnitude, _SMALLEST, _LARGEST))

    def _table(self, branch: Branch) -> tuple[np.ndarray, np.ndarray]:
        """x1 and ln q̇ on a branch in the order of q̇: evenly spaced, and ever denser towards its ends."""
        if branch not in self._tables:
            graded = (branch.right - branch.left) * np.geomspace(2.0**-48, 0.5, 512)
            even = np.linspace(branch.left, branch.right, 1025)
            x1 = np.unique(np.concatenate([even, branch.left + graded, branch.right - graded]))
            x1 = x1 if branch.increasing else x1[::-1]
            self._tables[branch] = x1, np.maximum.accumulate(self._log(self.magnitude(x1)))
        return self._tables[branch]

    def pdf(self, q_dot: np.ndarray, sign: int, leaving_out: Branch | None = None) -> np.ndarray:
        """The exact duality density p(|q̇|) of one sign: Σ over branches, but one, of p(x1)/|dq̇/dx1|.

        With all branches it integrates to the fraction of the class's samples that have this sign.
        """
        q_dot = np.asarray(q_dot, float)
        total = np.zeros(q_dot.shape)
        for branch in self.branches:
            inside = (q_dot >= branch.q_low) & (q_dot <= branch.q_high)
            if branch.sign == sign and branch != leaving_out and inside.any():
                total[inside] += self._density_on(branch, q_dot[inside])
        return total

    def _density_on(self, branch: Branch, q_dot: np.ndarray) -> np.ndarray:
        """p(x1)/|dq̇/dx1| at the preimages on a branch, within which |q̇| must be."""
        x1 = self.preimage(branch, q_dot)
        with np.errstate(divide="ignore"):
            return self.density.pdf(x1) / np.abs(self.jacobian(x1))

    def probability(self, edges: np.ndarray, sign: int) -> np.ndarray:
        """Probability of |q̇| in each of the bins between ascending edges, for one sign: ∫ Σ p(x1)/|dq̇/dx1| dq̇.

        The integral is over q̇, by Gauss-Legendre quadrature of the density that the Jacobian makes, so that a wrong
        Jacobian makes wrong probabilities. A branch on t0 < ln q̇ < t1 is integrated in θ, ln q̇ = t0 + (t1 - t0)·sin²θ:
        in θ the density is regular where the map turns back, for there it is like the inverse root of the distance
        to an end. With Gaussian classes the error is below 10⁻⁸, see `tests/jacobian/test_probability.py`; with a
        kernel estimate, whose density has kinks, below 10⁻⁵, or 10⁻⁴ where its bandwidth is a thousandth of its range.
        Values of x1 that rounding does not tell apart by their q̇ are lost.

        Parameters
        ----------
        edges : ndarray, shape (bins + 1,)
            In |q̇|, above 0.
        sign : int

        Returns
        -------
        ndarray, shape (bins,)
        """
        total = np.zeros(len(edges) - 1)
        for branch in self.branches:
            low, high = max(branch.q_low, edges[0], _SMALLEST), min(branch.q_high, edges[-1], _LARGEST)
            if branch.sign != sign or not low < high:
                continue
            t0, t1 = np.log(np.clip([branch.q_low, branch.q_high], _SMALLEST, _LARGEST))
            cuts = np.concatenate([edges, self._cuts(branch), np.exp(np.arange(t0, t1, _FAR_APART)), [low, high]])
            cuts = np.unique(cuts[(cuts >= low) & (cuts <= high)])
            theta = np.arcsin(np.sqrt(np.clip((np.log(cuts) - t0) / (t1 - t0), 0, 1)))
            half = 0.5 * np.diff(theta)
            nodes = 0.5 * (theta[1:] + theta[:-1])[:, None] + half[:, None] * _NODES
            q_dot = np.exp(t0 + (t1 - t0) * np.sin(nodes) ** 2)
            per_theta = self._density_on(branch, q_dot) * q_dot * (t1 - t0) * np.sin(2 * nodes)
            bins = np.searchsorted(edges, cuts[:-1], side="right") - 1
            total += np.bincount(bins, half * (per_theta @ _WEIGHTS), total.size)
        return total

    def _cuts(self, branch: Branch) -> np.ndarray:
        """|q̇| on a branch between which x1 changes little, and so do its cdf and the logarithm of its tails."""
        tail = np.geomspace(_FAR_TAIL, 0.5, _PANELS // 2)
        x1 = self.density.ppf(np.concatenate([tail, np.linspace(0, 1, _PANELS + 1)[1:-1], 1 - tail]))
        x1 = np.append(x1, np.linspace(branch.left, branch.right, _PANELS + 1))
        return self.magnitude(x1[(x1 >= branch.left) & (x1 <= branch.right)])

    def preimage_probability(self, edges: np.ndarray, sign: int) -> np.ndarray:
        """The same from the class's own cdf at the preimages of the edges: the Jacobian has no part in it."""
        total = np.zeros(len(edges) - 1)
        for branch in self.branches:
            if branch.sign == sign:
                total += np.abs(np.diff(self.density.cdf(self.preimage(branch, edges))))
        return total


def _sign_changes(function: Callable[[np.ndarray], np.ndarray], grid: np.ndarray) -> np.ndarray:
    """Where the function passes from one strict sign to another (0 counts as a sign), by bisection."""
    signs = np.sign(function(grid))
    steps = np.flatnonzero(np.diff(signs))
    sign_left = signs[steps]
    left, right = bisect(lambda x1: np.sign(function(x1)) == sign_left, grid[steps], grid[steps + 1], 64)
    return 0.5 * (left + right)


def tabulate(duality: Duality, tail: float, points: int) -> pd.DataFrame:
    """The map on a grid of x1, from the quantile `tail` to the quantile 1 - `tail` of the class.

    The grid is even, with further points ever closer to the ends of branches, where |q̇| may run through many decades.

    Returns
    -------
    DataFrame
        x1, y, h, dh (h′), w_dot, b_dot, q_dot (signed by ḃ), dq_dot_dx1 (of |q̇|), local_exponent (of q̇; with _w and
        _b of ẇ and ḃ), branch (-1 where there is no gradient) and density: the exact p(|q̇|) of that sign, summed over
        branches.
    """
    low, high = duality.density.ppf(np.array([tail, 1 - tail]))
    near = [
        end + side * np.geomspace(2.0**-40, 1.0, 41) * (high - low) / points
        for part in duality.branches
        for end, side in ((part.left, 1), (part.right, -1))
    ]
    x1 = np.unique(np.clip(np.concatenate([np.linspace(low, high, points), *near]), low, high))
    b_dot, q_dot = duality.b_dot(x1), duality.magnitude(x1)
    branch = np.full(x1.size, -1)
    for index, part in enumerate(duality.branches):
        branch[(x1 >= part.left) & (x1 <= part.right)] = index
    density = np.zeros(x1.size)
    for sign in (-1, 1):
        here = (branch >= 0) & (np.sign(b_dot) == sign)
        density[here] = duality.pdf(q_dot[here], sign)
    y = duality.y(x1)
    return pd.DataFrame(
        {
            "x1": x1,
            "branch": branch,
            "y": y,
            "h": duality.h(y),
            "dh": duality.dh(y),
            "w_dot": x1 * b_dot,
            "b_dot": b_dot,
            "q_dot": np.copysign(q_dot, b_dot),
            "dq_dot_dx1": duality.jacobian(x1),
            **{q.local_exponent: duality.of(name).local_exponent(x1) for name, q in QUANTITIES.items()},
            "density": density,
        }
    )


def dualities(composition: Composition, densities: Mapping[str, Density], frozen: Frozen) -> dict[str, Duality]:
    """The map of every class to q̇.

    Parameters
    ----------
    composition : Composition
    densities : mapping of str to Density
        p(x1) of every class by its name, in the order of the composition's labels.
    frozen : Frozen
    """
    return {
        name: Duality(composition, label, density, frozen) for label, (name, density) in enumerate(densities.items())
    }
