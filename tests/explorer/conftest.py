"""The explorer's page, made from the config that is shipped."""

import pytest
from browser import visited
from measured_results import equilibrium_at

from duality.config.settings import Experiment
from duality.dataset.density import densities
from duality.explorer.content import content
from duality.explorer.page import page
from duality.records.record import convert
from duality.theory.regimes import regimes_table

# Where the trainings of these tests came to, other than at the optimum of anything.
EQUILIBRIA = {
    "sigmoid_mse": (16.25, -8.125),
    "sigmoid_cross_entropy": (15.875, -7.9375),
    "relu_mse": (0.78125, 0.109375),
    "piecewise_linear_cross_entropy": (2.375, -0.6875),
    "relu_quartic": (0.8125, 0.078125),
}


@pytest.fixture(scope="session")
def explored(resolved, compositions):
    """What the page shows. Of the experiments' regimes only those of ReLU, which take no time."""
    experiments = convert(resolved["experiments"], dict[str, Experiment], "experiments")
    names, none = list(resolved["classes"]), regimes_table({}, [])
    regimes = {
        name: regimes_table({name: compositions[name]}, names) if name.startswith("relu") else none
        for name in experiments
    }
    return content(
        resolved["activations"],
        resolved["losses"],
        experiments,
        densities(resolved["classes"]),
        {name: equilibrium_at(*EQUILIBRIA[name]) for name in experiments},
        {},
        regimes,
        [one["x2"] for one in resolved["classes"].values()],
        resolved["design"]["cap"],
        resolved["statistics"]["tolerance"],
    )


@pytest.fixture(scope="session")
def html(explored):
    return page(explored)


@pytest.fixture
def opened(browser, html, tmp_path):
    """Opens the page, or another, at a link; at the end no request was made and nothing was said on the console."""

    def opener(link="", text=html, **context):
        path = tmp_path / "explorer.html"
        path.write_text(text, encoding="utf-8")
        return visited(browser, path, link, **context)

    return opener
