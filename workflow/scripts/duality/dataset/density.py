"""The distribution p(x1) of a class: Gaussian (Eqs. 8.2-8.3), any of scipy.stats by name, or a sample of one's own."""

import warnings
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from scipy import special

from duality.dataset.distribution import Density
from duality.errors import InputError
from duality.formulas.bisection import bisect

_LEAST_SPREAD = 1e-9  # of the quartiles, relative to their size


class ClassSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class as the config describes it: Gaussian, a distribution of scipy.stats, or a file of one's own.

    Attributes
    ----------
    x2 : float
        The label (Eq. 5.1).
    mean, sd : float or None
        Of a Gaussian.
    distribution, parameters : str and mapping
        Of scipy.stats.
    file, column : str or None
        A sample: an NPY file of x1. In the config also a CSV file, and its column; the rule `sample` reads that.
    shards : int or None
        Among how many shards the file is divided; None of what is no file.
    """

    x2: float
    mean: float | None = None
    sd: float | None = None
    distribution: str | None = None
    parameters: dict[str, float] = msgspec.field(default_factory=dict)
    file: str | None = None
    column: str | None = None
    shards: int | None = None


class Gaussian:
    """Normal density of given mean and standard deviation, Eqs. 8.2-8.3."""

    def __init__(self, mean: float, sd: float):
        self.mean, self.sd = mean, sd

    def pdf(self, x1: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * ((x1 - self.mean) / self.sd) ** 2) / (self.sd * np.sqrt(2 * np.pi))

    def cdf(self, x1: np.ndarray) -> np.ndarray:
        return special.ndtr((x1 - self.mean) / self.sd)

    def ppf(self, probability: np.ndarray) -> np.ndarray:
        return self.mean + self.sd * special.ndtri(probability)


class KernelEstimate:
    """Gaussian kernel density estimate of a sample.

    The bandwidth is that of Botev, Grotowski & Kroese 2010 (doi:10.1214/10-AOS799, ArviZ's "isj"), which,
    unlike Scott's, does not smear a sample of several modes.
    Samples of more than `MOST_CENTRES` values are first put on that many equal bins, far narrower than the bandwidth.
    The cumulative distribution is tabulated once and interpolated by a monotone cubic, and the density is the
    derivative of just that, so that the two belong together to rounding.
    """

    MOST_CENTRES = 4096
    TABLE_SIZE = 8193
    REACH = 8.0  # bandwidths beyond the outermost values; what lies further out is below 1e-15

    def __init__(self, sample: np.ndarray):
        from arviz_stats.base import array_stats
        from scipy import interpolate

        scott = float(np.std(sample, ddof=1)) * sample.size ** (-1 / 5)
        found = float(array_stats.get_bw(sample, "isj")) if sample.size >= 100 else scott
        self.bandwidth = found if 0 < found < np.inf else scott
        if sample.size > self.MOST_CENTRES:
            counts, edges = np.histogram(sample, bins=self.MOST_CENTRES)
            centres, weights = 0.5 * (edges[1:] + edges[:-1]), counts / sample.size
        else:
            centres, weights = np.sort(sample), np.full(sample.size, 1 / sample.size)
        self.low, self.high = centres[0] - self.REACH * self.bandwidth, centres[-1] + self.REACH * self.bandwidth
        table = np.linspace(self.low, self.high, self.TABLE_SIZE)
        cumulative = np.array([weights @ special.ndtr((x - centres) / self.bandwidth) for x in table])
        self._cdf = interpolate.PchipInterpolator(table, np.maximum.accumulate(cumulative), extrapolate=False)
        self._pdf = self._cdf.derivative()

    def pdf(self, x1: np.ndarray) -> np.ndarray:
        return np.nan_to_num(self._pdf(x1), nan=0.0)

    def cdf(self, x1: np.ndarray) -> np.ndarray:
        return self._cdf(np.clip(x1, self.low, self.high))

    def ppf(self, probability: np.ndarray) -> np.ndarray:
        probability = np.asarray(probability, float)
        low, high = np.full(probability.shape, self.low), np.full(probability.shape, self.high)
        low, high = bisect(lambda x1: self._cdf(x1) < probability, low, high, 64)
        return 0.5 * (low + high)


def scipy_distribution(name: str, parameters: Mapping[str, float]) -> Any:
    """A frozen continuous distribution of scipy.stats, by name.

    Raises
    ------
    InputError
        If scipy.stats has no continuous distribution of that name, or the parameters are not its own.
    """
    from scipy import stats

    distribution = getattr(stats, name, None)
    if not name.isidentifier() or not isinstance(distribution, stats.rv_continuous):
        raise InputError(f"'{name}' is no continuous distribution of scipy.stats (write, for example, norm, t, gamma)")
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frozen = distribution(**parameters)
            quartiles = frozen.ppf([0.25, 0.5, 0.75])
            exists = bool(np.isfinite([*quartiles, frozen.mean(), frozen.std()]).all() and frozen.std() > 0)
            # By so little they must differ that a sample has digits for it.
            exists = exists and float(np.diff(quartiles).min()) > _LEAST_SPREAD * float(np.abs(quartiles).max())
    except TypeError as error:
        shapes = ", ".join(filter(None, [distribution.shapes, "loc", "scale"]))
        raise InputError(f"the parameters of '{name}' are {shapes}, not {', '.join(parameters) or 'none'}") from error
    if not exists:
        must = "must exist, have a finite mean and variance, and not be all in one place"
        raise InputError(f"'{name}' with the parameters {dict(parameters)}: {must}")
    return frozen


def density(settings: ClassSettings) -> Density:
    """The density of a class; of an NPY file, a kernel estimate.

    Raises
    ------
    InputError
        If the distribution is none.
    """
    if settings.file is not None:
        return KernelEstimate(np.load(settings.file, allow_pickle=False))
    if settings.distribution is not None:
        return scipy_distribution(settings.distribution, settings.parameters)
    if settings.mean is None or settings.sd is None:
        raise InputError("a class needs mean and sd, or a distribution, or a file")
    return Gaussian(settings.mean, settings.sd)


def classes_of(classes: Mapping[str, Mapping[str, Any]]) -> dict[str, ClassSettings]:
    """The classes of the resolved config as records, in its order."""
    return msgspec.convert(classes, dict[str, ClassSettings])


def densities(classes: Mapping[str, Mapping[str, Any]]) -> dict[str, Density]:
    """The densities of the classes of the resolved config, by name and in its order."""
    return {name: density(settings) for name, settings in classes_of(classes).items()}
