"""If these fail, the duality density is computed from another distribution than the samples have."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from duality.dataset.density import (
    ClassSettings,
    Gaussian,
    KernelEstimate,
    densities,
    density,
    scipy_distribution,
)
from duality.errors import InputError


@pytest.fixture(params=["gaussian", "scipy", "kernel", "kernel of many"])
def any_density(request, random):
    return {
        "gaussian": lambda: Gaussian(1.0, 0.25),
        "scipy": lambda: density(ClassSettings(x2=0, distribution="gamma", parameters={"a": 3.0})),
        "kernel": lambda: KernelEstimate(random.normal(size=300)),
        "kernel of many": lambda: KernelEstimate(random.normal(size=20_000)),
    }[request.param]()


def test_pdf_cdf_and_ppf_belong_together(any_density):
    probability = np.linspace(0.001, 0.999, 41)
    x1 = any_density.ppf(probability)
    assert any_density.cdf(x1) == pytest.approx(probability, abs=1e-9)
    area = [integrate.quad(any_density.pdf, a, b, epsabs=1e-7, limit=200)[0] for a, b in pairwise(x1)]
    assert area == pytest.approx(np.diff(probability), abs=1e-6)


def test_gaussian_against_scipy():
    x1 = np.linspace(-1, 3, 21)
    ours, theirs = Gaussian(1.0, 0.25), stats.norm(1.0, 0.25)
    assert ours.pdf(x1) == pytest.approx(theirs.pdf(x1), rel=1e-12)
    assert ours.cdf(x1) == pytest.approx(theirs.cdf(x1), rel=1e-12)


@pytest.mark.parametrize("size", [200, 50_000])
def test_kernel_estimate_against_scipy(random, size):
    sample = random.normal(size=size)
    x1 = np.linspace(-3, 3, 25)
    ours = KernelEstimate(sample)
    theirs = stats.gaussian_kde(sample, bw_method=ours.bandwidth / np.std(sample, ddof=1))
    assert ours.pdf(x1) == pytest.approx(theirs.pdf(x1), rel=2e-3, abs=2e-4)


def test_kernel_estimate_does_not_smear_modes(random):
    sample = np.concatenate([random.normal(mean, 0.02, 15_000) for mean in (-0.3, 0.3)])
    assert KernelEstimate(sample).pdf(np.array([0.3])) == pytest.approx(0.5 * stats.norm(0, 0.02).pdf(0), rel=0.1)


@pytest.mark.parametrize(
    ("name", "parameters", "complaint"),
    [
        ("nrom", {}, "no continuous distribution"),
        ("poisson", {"mu": 3}, "no continuous distribution"),
        ("__class__", {}, "no continuous distribution"),
        ("t", {}, "parameters of 't' are df, loc, scale"),
        ("norm", {"sd": 1}, "parameters of 'norm' are loc, scale"),
        ("norm", {"scale": -1}, "must exist"),
        ("levy", {}, "finite mean and variance"),
        ("norm", {"loc": 1e12, "scale": 1e-12}, "all in one place"),
        ("gamma", {"a": 1e-9}, "all in one place"),
        ("powerlaw", {"a": 1e-6}, "all in one place"),
        ("pareto", {"b": 1.5}, "finite mean and variance"),
        ("cauchy", {}, "finite mean and variance"),
    ],
)
def test_a_distribution_that_scipy_has_not_is_refused(name, parameters, complaint):
    with pytest.raises(InputError, match=complaint):
        scipy_distribution(name, parameters)


def test_a_class_has_the_density_that_the_config_says(tmp_path, random, resolved):
    """Gaussian by mean and sd, and so are the classes of the config as it is; a file by a kernel estimate."""
    found = densities(resolved["classes"])
    assert {name: (p.mean, p.sd) for name, p in found.items()} == {"zeros": (0.0, 0.25), "ones": (1.0, 0.25)}
    sample = random.normal(size=300)
    np.save(tmp_path / "mine.npy", sample)
    estimate = density(ClassSettings(x2=0, file=str(tmp_path / "mine.npy")))
    assert estimate.pdf(np.array([0.5])) == KernelEstimate(sample).pdf(np.array([0.5]))


def test_a_class_without_any_description_is_refused():
    with pytest.raises(InputError, match="mean and sd, or a distribution, or a file"):
        density(ClassSettings(x2=0, mean=1.0))
