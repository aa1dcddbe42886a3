"""Power laws with a shift, p(q) ∝ W(q)·|q + s|^(-k) on a window, k and s unknown, fitted to the counts of its cells.

The family is written as p(q) ∝ W(q)·(1 + τ·(x - 1))^(-κ/τ), where x = q/m and m is the window's geometric middle. κ is
the local exponent at the middle, k = κ/τ, and 1/s = τ/((1 - τ)·m). So both laws to which a shifted one degenerates are
ordinary points, which a search may cross and a test may be of: τ = 1 is the power law without shift, s = 0, and τ = 0
is the exponential law e^(-κ·x), s = ±∞. The shifts that leave q + s its sign on the window are the τ between two ends.

No finite statistic is sufficient for k and s together: the cells are what is fitted, by Fisher's scoring. The score of
a cell is the mean over it of the derivatives of ln p, less their mean over the window.
"""

from dataclasses import dataclass

import numpy as np

UNSHIFTED, EXPONENTIAL = 1.0, 0.0  # τ of the two limits

_MARGIN = 1e-9  # of the ends of τ, relative
_SERIES = 1e-2  # below which a quotient of differences would lose its digits
_MOST = 200  # steps of a search, of which it takes a few where the law is near the truth
_STAY = 0.9  # of the way to the end of τ, that a step may go
_SHORTER, _LONGER = 0.5, 1.1  # than before are steps after one that has not paid, and after one that has
_SMALL = 1e-13  # twice the log-likelihood that a step may promise and yet be left out: a millionth of an error
_CLOSE = 1e-4  # likewise, of a step near the maximum
_ROUNDING = 1e-12
_LEAST = -1e300  # of a logarithm that is finite
_TINY = 1e-300
_NOTHING = 1e-100  # an information of which the root is smaller
_BATCH = 64  # data sets that are fitted at once


@dataclass(frozen=True)
class ShiftedPowerLaw:
    """The family on the cells of one window, by quadrature.

    Attributes
    ----------
    edges : ndarray, shape (cells + 1,)
        Ascending edges of the cells.
    log_q, log_measure : ndarray, shape (cells, nodes)
        ln q at the nodes of a quadrature, and ln of W·d ln q there; see `duality.fits.power_laws.PowerLaw`.

    Parameters of the law are κ and τ, of many laws at once of shape (laws, 2).
    """

    edges: np.ndarray
    log_q: np.ndarray
    log_measure: np.ndarray

    @property
    def middle(self) -> float:
        """m, the geometric middle of the window."""
        return float(np.sqrt(self.edges[0] * self.edges[-1]))

    @property
    def ends(self) -> tuple[float, float]:
        """Of τ, at which q + s vanishes at the upper and at the lower end of the window."""
        low, high = self.edges[[0, -1]] / self.middle - 1
        return float(-(1 - _MARGIN) / high), float(-(1 - _MARGIN) / low)

    def tau(self, inverse_shift: float) -> float:
        """τ of a law whose shift is s, from 1/s."""
        return float(inverse_shift * self.middle / (1 + inverse_shift * self.middle))

    def inverse_shift(self, tau: np.ndarray) -> np.ndarray:
        """1/s, which is infinite where there is no shift."""
        with np.errstate(divide="ignore"):
            return np.divide(tau, (1 - tau) * self.middle)

    def shift(self, tau: np.ndarray) -> np.ndarray:
        """s, which is infinite for the exponential law."""
        with np.errstate(divide="ignore"):
            return np.divide((1 - tau) * self.middle, tau)

    def probability(self, parameters: np.ndarray) -> np.ndarray:
        """Probability of each cell, shape (laws, cells)."""
        return np.exp(self.log_probability(parameters))

    def log_probability(self, parameters: np.ndarray) -> np.ndarray:
        """ln of it: -inf where W = 0."""
        return self._nodes(parameters)[0]

    def evaluate(self, parameters: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log-likelihood, score and Fisher's information of κ and τ.

        Parameters
        ----------
        parameters : ndarray, shape (laws, 2)
        counts : ndarray, shape (laws, cells) or (1, cells)

        Returns
        -------
        log_likelihood : ndarray, shape (laws,)
            -inf where a cell has counts and no probability.
        score : ndarray, shape (laws, 2)
        information : ndarray, shape (laws, 2, 2)
            Expected of as many counts by the law itself.
        """
        log_cell, share, *derivatives = self._nodes(parameters)
        cell, log_cell = np.exp(log_cell), np.where(counts > 0, log_cell, 0.0)
        mean = np.stack([np.einsum("lcn,lcn->lc", share, derivative) for derivative in derivatives], axis=2)
        own = mean - np.einsum("lc,lcp->lp", cell, mean)[:, None]
        score = np.einsum("lc,lcp->lp", np.broadcast_to(counts, cell.shape), own)
        information = np.einsum("lc,lcp,lcr->lpr", cell, own, own) * counts.sum(axis=1)[:, None, None]
        return np.sum(counts * log_cell, axis=1), score, information

    def maximise(
        self, counts: np.ndarray, start: np.ndarray, directions: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The most likely κ and τ of many data sets, or along a line through a start.

        A step of Fisher's scoring that has made a law less likely is halved: it overshoots where the data are curved
        more than the law expects. Those that follow are hardly longer. None reaches an end of τ: where the likelihood
        rises towards one, the search comes to rest before it.

        Parameters
        ----------
        counts : ndarray, shape (laws, cells) or (1, cells)
        start : ndarray, shape (laws, 2)
        directions : ndarray, shape (2, free) or (laws, 2, free), optional
            In which κ and τ may go from the start. Without it in all.

        Returns
        -------
        parameters : ndarray, shape (laws, 2)
        log_likelihood : ndarray, shape (laws,)
        """
        laws = len(start)
        along = np.broadcast_to(np.eye(2) if directions is None else directions, (laws, *_shape(directions)))
        of = np.broadcast_to(counts, (laws, counts.shape[1]))
        parts = [slice(first, first + _BATCH) for first in range(0, laws, _BATCH)]
        found = [self._search(of[part], start[part], along[part]) for part in parts]
        return np.concatenate([best for best, _ in found]), np.concatenate([value for _, value in found])

    def promise(self, parameters: np.ndarray, counts: np.ndarray) -> float:
        """By how much twice the log-likelihood of one law, of shape (2,), is to grow by a step: at a maximum 0."""
        _, score, information = self.evaluate(parameters[None], counts)
        return float(_steps(score, information, np.eye(2)[None])[1][0])

    def covariance(self, parameters: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """The sandwich J⁻¹KJ⁻¹ of k and τ at a maximum, shape (2, 2): it holds where the law is not the truth too.

        J is the curvature of the log-likelihood, and K the sum of the squared scores of the counts (P. J. Huber, Proc.
        5th Berkeley Symp. 1 (1967) 221). Fisher's error is that of J = K.

        Parameters
        ----------
        parameters : ndarray, shape (2,)
            κ and τ, not 0.
        counts : ndarray, shape (cells,)

        Raises
        ------
        ValueError
            If the log-likelihood is not curved downwards there.
        """
        J, K = self._curvature_and_scores(parameters, counts)
        if not (np.all(np.isfinite(J)) and np.min(np.linalg.eigvalsh(_scaled(J))) > _ROUNDING):
            raise ValueError("the log-likelihood is not curved downwards")
        inverse = np.linalg.inv(J)
        return inverse @ K @ inverse

    def variance_of_k(self, parameters: np.ndarray, counts: np.ndarray) -> float:
        """The same of k alone, at the maximum with τ held fixed."""
        J, K = self._curvature_and_scores(parameters, counts)
        return float(K[0, 0] / J[0, 0] ** 2)

    def _curvature_and_scores(self, parameters: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """J and K of k and τ, in which the derivatives have a simple form; at a maximum none is better than another."""
        log_cell, share = (part[0] for part in self._nodes(parameters[None])[:2])
        k, tau = parameters[0] / parameters[1], parameters[1]
        distance = np.exp(self.log_q) / self.middle - 1
        inside = 1 + tau * distance
        first = np.stack([-np.log(inside), -k * distance / inside])
        crossed = -distance / inside
        second = np.stack([[np.zeros_like(crossed), crossed], [crossed, k * crossed**2]])
        square = second + first[:, None] * first
        cell, n = np.exp(log_cell), counts.sum()
        mean, mean_square = np.sum(share * first, axis=2), np.sum(share * square, axis=3)
        whole, whole_square = mean @ cell, mean_square @ cell
        own = mean - whole[:, None]
        J = n * (whole_square - np.outer(whole, whole)) - (mean_square - mean[:, None] * mean) @ counts
        return J, (counts * own) @ own.T

    def _nodes(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """ln of the cells' probability, the share of the nodes in it, and the derivatives of ln p by κ and τ.

        The first is of shape (laws, cells), the others of shape (laws, cells, nodes). A cell that is too improbable for
        a float has a logarithm all the same; where W = 0 it is -inf.
        """
        kappa, tau = parameters.T[:, :, None, None]
        distance = np.exp(self.log_q) / self.middle - 1
        quotient, slope = _quotients(tau * distance)
        by_kappa = -distance * quotient
        log_p = self.log_measure + self.log_q + kappa * by_kappa
        top = np.maximum(log_p.max(axis=2, keepdims=True), _LEAST)
        share = np.exp(log_p - top)
        cell = share.sum(axis=2)
        with np.errstate(divide="ignore"):
            log_cell = top[:, :, 0] + np.log(cell)
        share /= np.where(cell > 0, cell, 1.0)[:, :, None]
        highest = log_cell.max(axis=1, keepdims=True)
        log_cell -= highest + np.log(np.exp(log_cell - highest).sum(axis=1, keepdims=True))
        return log_cell, share, by_kappa, -kappa * distance**2 * slope

    def _search(self, counts: np.ndarray, start: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = self.ends
        best, value = start.astype(float), np.full(len(start), -np.inf)
        step, promise, damping = np.zeros_like(best), np.full(len(start), np.inf), np.ones(len(start))
        active = np.arange(len(start))
        for _ in range(_MOST):
            tried = best[active] + step[active]
            found, score, information = self.evaluate(tried, counts[active])
            steps, promises = _steps(score, information, along[active])
            # Rounding hides what a step near the maximum gains, but not that the next one promises less.
            paid = np.where(promise[active] < _CLOSE, promises < promise[active], found >= value[active])
            taken, missed = active[paid], active[~paid]
            best[taken], value[taken] = tried[paid], found[paid]
            step[taken], promise[taken] = steps[paid], promises[paid]
            forward, tau = step[taken, 1], best[taken, 1]
            room = _STAY * np.where(forward > 0, high - tau, np.where(forward < 0, tau - low, np.inf))
            damping[taken] = np.minimum(1.0, _LONGER * damping[taken])
            step[taken] *= np.minimum(damping[taken], room / np.maximum(np.abs(forward), _TINY))[:, None]
            promise[taken[room < _MARGIN * (high - low)]] = 0.0  # at rest before an end
            damping[missed] *= _SHORTER
            step[missed] *= _SHORTER
            active = active[promise[active] > _SMALL]
            if not active.size:
                break
        return best, value


def _shape(directions: np.ndarray | None) -> tuple[int, int]:
    return (2, 2) if directions is None else (2, directions.shape[-1])


def _steps(score: np.ndarray, information: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fisher's steps in some directions, and by how much twice the log-likelihood is to grow by them."""
    free = np.einsum("lpf,lp->lf", along, score)
    scaled = np.einsum("lpf,lpr,lrg->lfg", along, information, along)
    scale = np.sqrt(np.einsum("lff->lf", scaled))
    scale = np.where(scale > _NOTHING, scale, 1.0)
    # A direction of which the counts tell nothing, as κ tells nothing of τ where it is 0, is one of no step.
    scaled = scaled / (scale[:, :, None] * scale[:, None]) + _ROUNDING * np.eye(scale.shape[1])
    step = np.linalg.solve(scaled, (free / scale)[:, :, None])[:, :, 0] / scale
    return np.einsum("lpf,lf->lp", along, step), np.einsum("lf,lf->l", free, step)


def _scaled(matrix: np.ndarray) -> np.ndarray:
    """With ones on the diagonal, or what sign it has there."""
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    return matrix / np.outer(scale, scale)


def _quotients(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln(1 + z)/z and its derivative."""
    small = np.abs(z) < _SERIES
    safe = np.where(small, 1.0, z)
    quotient = np.log1p(safe) / safe
    slope = (1 / (1 + safe) - quotient) / safe
    near = z[small]
    orders = np.arange(9)
    quotient[small] = np.polynomial.polynomial.polyval(near, (-1.0) ** orders / (orders + 1))
    slope[small] = np.polynomial.polynomial.polyval(near, -((-1.0) ** orders) * (orders + 1) / (orders + 2))
    return quotient, slope
