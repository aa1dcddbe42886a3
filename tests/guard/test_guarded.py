"""If these fail, what is said about the guard of the cross-entropy on a ramp, or about its absence, is not so."""

import copy

import numpy as np
import pandas as pd
import pytest
from conftest import planned, snakemake
from scipy import special, stats

from duality.config.resolution import resolve
from duality.dataset.density import density
from duality.dataset.stream import mix
from duality.errors import InputError
from duality.figures.guard import caption, figure, survival
from duality.figures.style import save
from duality.guard import guarded as guard
from duality.guard import unguarded
from duality.jacobian.duality import Duality
from duality.random_streams import generator


@pytest.fixture(scope="module")
def stream():
    random = np.random.default_rng(13)
    return mix([random.normal(0, 0.25, 200_000), random.normal(1, 0.25, 200_000)], 1)


@pytest.fixture
def subject(resolved):
    densities = {name: density(description) for name, description in resolved["classes"].items()}
    return guard.Subject(
        **resolved["guard"]["subject"],
        densities=densities,
        much_less_than=resolved["statistics"]["much_less_than"],
        tail=resolved["statistics"]["tail"],
    )


@pytest.mark.parametrize("epsilon", [1e-2, 1e-4, 1e-7])
def test_moments_of_the_kick_are_the_analytic_ones(subject, epsilon):
    """x1 even on [0, 1] and y = x1: ⟨h⟩ = ln((1 - ε)/ε), ⟨h²⟩ = 1/ε - 1/(1 - ε); for 'ones' with the other sign."""
    composition = subject.guarded(epsilon)
    for label, sign in ((0, 1), (1, -1)):
        duality = Duality(composition, label, stats.uniform(), 1.0, 0.0, 0.001)
        assert sign * guard.kick_moment(duality, 1) == pytest.approx(np.log((1 - epsilon) / epsilon), rel=1e-5)
        assert guard.kick_moment(duality, 2) == pytest.approx(1 / epsilon - 1 / (1 - epsilon), rel=1e-5)


def test_accuracy_is_that_of_a_threshold(subject):
    """y = 1/2 at x1 = 1/2 gives Φ(2), whatever the slope; at infinity or nowhere, guessing or nothing."""
    w, b = np.array([2.0, 16.0, 0.1, np.nan, -2.0]), np.array([-0.5, -7.5, -9.0, 0.0, 1.5])
    expected = [special.ndtr(2), special.ndtr(2), 0.5, 0.0, special.ndtr(-2)]
    assert guard.accuracy(subject, w, b) == pytest.approx(expected, abs=1e-4)


def test_theory_has_the_divergences_of_the_paper_s_exponent_two(subject):
    values = [1e-3, 1e-4, 1e-5, 1e-6]
    table = guard.theory(subject, None, None, {"values": values}, None, lambda _: None)
    zeros, ones = (table[table["class"] == name].reset_index(drop=True) for name in ("zeros", "ones"))
    # The classes mirror each other.
    assert zeros["mean_kick"].to_numpy() == pytest.approx(-ones["mean_kick"].to_numpy(), rel=1e-6)
    assert (zeros["mean_kick"] > 0).all()
    # At fixed (w, b): p(x1)/|w| at the edge y = 1, per unit of ln 1/ε and of 1/ε.
    w, b = zeros.loc[0, ["w", "b"]]
    edge = stats.norm(0, 0.25).pdf((1 - b) / w) / w
    assert np.diff(zeros["mean_kick_fixed"])[-1] == pytest.approx(edge * np.log(10), rel=1e-3)
    assert (zeros["square_kick_fixed"] * zeros["value"]).iloc[-1] == pytest.approx(edge, rel=1e-2)
    # The optimum gives way, so that fewer samples are misjudged without a say; accuracy stays.
    assert (np.diff(zeros["w"]) < 0).all()
    assert (np.diff(zeros["wrong_dead"]) < 0).all()
    assert zeros["wrong_dead"][0] == pytest.approx(special.ndtr(-(1 - 1e-3 - b) / w / 0.25), rel=1e-6)
    assert table["accuracy"].to_numpy() == pytest.approx(special.ndtr(2), abs=1e-4)
    assert ones["k_jacobian"].to_numpy() == pytest.approx(2, abs=0.01)


def test_training_follows_the_guard(subject, stream):
    settings = {"values": [0.03], "gamma_over_value": [0.1], "replicas": 8, "relaxation_times": 300}
    table = guard.training(subject, *stream, settings, generator(1, "test"), lambda _: None)
    assert table["class"].tolist() == ["zeros", "ones"]
    row, population = table.iloc[0], subject.optimum(0.03)
    assert row["outcome"] == "equilibrium"
    sampling = np.sqrt(np.diag(population.sampling) / stream[0].size)
    for index, name in enumerate(("w", "b")):
        expected = population.optimum[index] + row["gamma"] * population.shift[index]
        error = np.hypot(row[f"{name}_mcse"], sampling[index])
        assert row[name] == pytest.approx(expected, abs=4 * error)


def test_training_that_finds_no_equilibrium_is_told_as_such(subject, stream):
    settings = {"values": [0.03], "gamma_over_value": [0.1], "replicas": 2, "relaxation_times": 10}
    hard = copy.copy(subject)
    object.__setattr__(hard, "training", subject.training | {"ess": 1e9})
    table = guard.training(hard, *stream, settings, generator(1, "test"), lambda _: None)
    assert table["outcome"].str.startswith("no equilibrium after").all()


def test_fatal_kicks_are_as_rare_as_the_tail_of_the_kicks(subject):
    """Beyond K: p(x1)·γ·√(1 + x1²)/(|w|·K) at the edge. The kick found does what it says, a smaller one not."""
    w, b = subject.optimum(1e-3).optimum
    maps = subject.dualities(subject.without_guard(), w, b, 1e-3)
    for name, (edge, sign) in {"zeros": ((1 - b) / w, -1), "ones": (-b / w, 1)}.items():
        kick, probability = unguarded.fatal_kicks(subject, maps[name], 0.52)
        length = np.sqrt(1 + edge**2)
        expected = subject.densities[name].pdf(np.array(edge)) * 1e-3 * length / (w * kick)
        assert probability == pytest.approx(float(expected), rel=0.01)
        step = sign * np.array([edge, 1]) / length
        for factor, lost in ((1.001, True), (0.99, False)):
            moved = np.array([w, b]) + factor * kick * step
            assert (guard.accuracy(subject, moved[:1], moved[1:])[0] <= 0.52) == lost
    assert unguarded.fatal_kicks(subject, maps["zeros"], 0.0) == (float("inf"), 0.0)


def test_dead_means_that_no_sample_has_a_gradient(subject, stream, random):
    """Against evaluating the gradient of every sample."""
    x1, label = stream[0][:4000], stream[1][:4000]
    composition = subject.without_guard()
    w, b = random.normal(0, 8, 300), random.normal(0, 8, 300)
    samples = [x1[label == index] for index in (0, 1)]
    h = composition.functions(1)
    expected = [any(np.any(h[k](u * x + v)) for k, x in enumerate(samples)) for u, v in zip(w, b, strict=True)]
    found = unguarded._alive(composition, [np.sort(x) for x in samples], w, b)
    assert np.array_equal(found, expected)
    assert 30 < np.sum(expected) < 270
    assert not unguarded._alive(composition, samples, np.array([np.nan]), np.array([0.0]))[0]


def test_without_guard_runs_collapse_at_the_rate_of_fatal_kicks(subject, stream):
    """Twice γ, twice the rate; nothing collapses at once where γ is tiny, and the dead do not move."""
    settings = {"gammas": [0.008, 0.004, 1e-7], "replicas": 64, "steps": 200_704}
    table = unguarded.unguarded(subject, *stream, settings, generator(2, "test"), lambda _: None)
    rows = survival(table, "collapsed")
    assert rows.loc[1e-7, "events"] == 0
    predicted = 1 / table.groupby("gamma")["predicted_rate"].first()
    assert predicted[0.004] == pytest.approx(2 * predicted[0.008], rel=0.02)
    for gamma in (0.008, 0.004):
        assert rows.loc[gamma, "events"] > 50
        # The estimate is one at frozen (w, b), which moves before it collapses: see the figure.
        assert 0.5 * predicted[gamma] < rows.loc[gamma, "mean"] < 2 * predicted[gamma]
    collapsed = table[table["gamma"] == 0.008]
    assert (collapsed.dropna(subset="died")["accuracy"] < 0.55).all()


def test_survival_counts_those_still_running():
    table = pd.DataFrame({"gamma": 0.1, "steps": 100, "collapsed": [20.0, 40.0, np.nan, np.nan]})
    row = survival(table, "collapsed").loc[0.1]
    assert (row["runs"], row["events"], row["mean"]) == (4, 2, 130.0)
    assert row["se"] == pytest.approx(130 / np.sqrt(2))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"experiment": "nonsense"}, r"guard.experiment = 'nonsense': must be one of sigmoid_mse"),
        ({"parameter": "eps"}, r"guard.parameter = 'eps': must be one of epsilon"),
        ({"experiment": "relu_mse"}, r"guard.parameter = 'epsilon': must be one of \(none is defined\)"),
        ({"unguarded": "guarded_cross_entropy"}, r"guard.unguarded = .*a loss without parameters"),
        ({"unguarded": "quartic"}, r"guard.unguarded = 'quartic': must be the loss that .* becomes as epsilon → 0"),
        ({"theory": {"values": [0.6]}}, r"guard.theory.values.0 = 0.6: must be a number between 0 and 1/2"),
        ({"unguarded": "x"}, r"guard.unguarded = 'x': must be one of squared"),
        ({"theory": {"values": []}}, r"guard.theory.values = \[\]: must be a list of 1 to 64"),
    ],
)
def test_a_wrong_name_is_told_in_one_line(shipped, schema, change, complaint):
    config = copy.deepcopy(shipped)
    config["guard"] |= change
    with pytest.raises(InputError, match=complaint) as error:
        resolve(config, schema)
    assert "\n" not in str(error.value)


def test_the_guard_is_studied_if_the_config_says_so(checkout, shipped):
    folder = checkout("with")
    jobs = planned(snakemake(folder, "-n", config=shipped))
    assert (jobs["guard"], jobs["guard_figure"]) == (3, 1)
    without = copy.deepcopy(shipped)
    del without["guard"]
    assert not {"guard", "guard_figure"} & set(planned(snakemake(folder, "-n", config=without)))


@pytest.mark.parametrize("ending", ["pdf", "svg", "png"])
def test_the_figure_has_equal_bytes_and_its_caption_the_numbers(tmp_path, ending):
    theory = pd.DataFrame(
        [{"value": v, "class": c, "w": 2.0, "b": -0.6, "shift_w": 1.0, "shift_b": -1.0, "accuracy": 0.977, "dead": 0.9,
          "wrong_dead": 0.01, "mean_kick": 0.2, "square_kick": 0.1 / v, "mean_kick_fixed": 0.2 - 0.01 * np.log10(v),
          "square_kick_fixed": 0.1 / v, "k_jacobian": 2.0} for v in (0.01, 0.001) for c in ("zeros", "ones")]
    )  # fmt: skip
    reached = {"outcome": "equilibrium", "class": "ones", "w": 2.1, "b": -0.6, "w_mcse": 0.01, "b_mcse": 0.01,
               "accuracy": 0.977, "decades": 1.0, "k_corrected": 1.98, "k_corrected_se": 0.02}  # fmt: skip
    training = pd.DataFrame(
        [{"value": v, "gamma": v, "gamma_over_value": 1, **reached} for v in (0.01, 0.001)]
        + [{"value": 0.01, "gamma": 0.1, "gamma_over_value": 10, "outcome": "training died: x", "class": "ones"}]
    )
    unguarded = pd.DataFrame(
        {"gamma": 0.001, "steps": 1000, "collapsed": [100.0, np.nan], "died": [200.0, np.nan], "predicted_rate": 1e-3,
         "fatal_kick": 1.25}
    )  # fmt: skip
    pictures = []
    for number in (1, 2):
        path = tmp_path / f"{number}.{ending}"
        save(figure(theory, training, unguarded), [str(path)])
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    text = caption(theory, training, unguarded, "epsilon")
    for part in (
        "⟨h²⟩ ∝ epsilon^(-1.000), |⟨h⟩| grows by 0.0100 a decade",
        "k_q = 1.980 ± 0.020",
        "γ = 0.1: training died",
    ):
        assert part in text
    assert "1 of 2 runs collapsed, on average after 1.1e+03 ± 1e+03 steps, predicted 1e+03" in text
