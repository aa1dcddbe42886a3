"""Local learning equilibrium, and how it is told: at fixed γ the chain (w, b)(t) is stationary.

Its distribution within the basin that it has reached no longer changes with time. This is tested on the kept part of
the trajectories, for w and b:

1. split R-hat is at most `r_hat`: replicas from dispersed starts, and the halves of each, have one distribution.
2. Bulk and tail ESS are at least `ess`: the part kept is many relaxation times long.
3. |drift| is at most `drift`: the mean of the second half of the time less that of the first, over all replicas, is
   within that many of its own Monte Carlo errors. R-hat overlooks a slow common drift that is small beside the noise.

This is not convergence of the loss, which may look settled long before w and b are, nor of (w, b) themselves, which
fluctuate for ever with a width of order √γ. Means come with Monte Carlo errors.
R-hat, ESS and Monte Carlo errors: Vehtari et al. 2021, doi:10.1214/20-BA1221, as computed by ArviZ.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from duality.records.training import ChainDiagnostics

_BATCHES = 10  # per replica: each many relaxation times long where the ESS of a replica is a hundred and more


def diagnose(w: np.ndarray, b: np.ndarray) -> dict[str, ChainDiagnostics]:
    """Convergence diagnostics of the chains "w" and "b", each of shape (replicas, draws)."""
    from arviz_stats.base import array_stats  # takes longer to import than all else that SGD needs, and few ask for it

    return {
        name: ChainDiagnostics(
            mean=float(np.mean(chains)),
            sd=float(np.std(chains, ddof=1)),
            mcse=float(array_stats.mcse(chains, method="mean")),
            r_hat=float(array_stats.rhat(chains)),
            ess_bulk=float(array_stats.ess(chains, method="bulk")),
            ess_tail=float(array_stats.ess(chains, method="tail", prob=(0.05, 0.95))),
            drift=_drift(chains),
        )
        for name, chains in (("w", w), ("b", b))
    }


def covariance_of_means(w: np.ndarray, b: np.ndarray, mcse: Sequence[float]) -> np.ndarray:
    """Covariance of the means of two chains, by batch means (Flegal and Jones 2010, doi:10.1214/09-AOS735).

    It is not the covariance of w and b at one time, scaled: the means follow the slow motion of the chain, which may
    be along another direction than its noise. The correlation is that of the means of batches of consecutive draws.
    The variances are the Monte Carlo errors squared, which come from all lags of the autocorrelation and not from a few
    dozen batches: they are less noisy, and are not too small where a batch is a few relaxation times long.

    Parameters
    ----------
    w, b : ndarray, shape (replicas, draws)
    mcse : pair of float
        Monte Carlo errors of the means.

    Returns
    -------
    ndarray, shape (2, 2)
    """
    length = max(w.shape[1] // _BATCHES, 1)
    batches = [chains[:, -_BATCHES * length :].reshape(-1, length).mean(axis=1) for chains in (w, b)]
    return np.asarray(np.corrcoef(batches) * np.outer(mcse, mcse))


def _drift(chains: np.ndarray) -> float:
    from arviz_stats.base import array_stats

    half = chains.shape[1] // 2
    first, second = chains[:, :half], chains[:, -half:]
    errors = [float(array_stats.mcse(part, method="mean")) for part in (first, second)]
    return float((second.mean() - first.mean()) / np.hypot(errors[0], errors[1]))


def in_equilibrium(diagnostics: Mapping[str, ChainDiagnostics], r_hat: float, ess: float, drift: float) -> bool:
    """Whether w and b have R-hat and drift at most, and ESS (bulk and tail) at least, the given thresholds."""
    return all(
        d.r_hat <= r_hat and min(d.ess_bulk, d.ess_tail) >= ess and abs(d.drift) <= drift for d in diagnostics.values()
    )


def describe(diagnostics: Mapping[str, ChainDiagnostics]) -> str:
    """The diagnostics in one line."""
    return ", ".join(
        f"{name} = {d.mean:.4g} ± {d.mcse:.2g} "
        f"(R-hat {d.r_hat:.4f}, ESS {min(d.ess_bulk, d.ess_tail):.0f}, drift {d.drift:.1f})"
        for name, d in diagnostics.items()
    )
