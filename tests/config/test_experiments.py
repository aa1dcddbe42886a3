"""If these fail, an experiment has another name than its composition, or two have the same."""

import copy

from duality.config.resolution import resolve


def test_an_experiment_is_called_by_the_names_of_its_composition(resolved):
    """Every picture, caption and page takes this title, so that one experiment has one name."""
    titles = {name: experiment["title"] for name, experiment in resolved["experiments"].items()}
    assert titles["relu_mse"] == "ReLU, mean squared"
    assert titles["piecewise_linear_cross_entropy"] == "Piecewise linear, cross-entropy"
    assert resolved["figures"]["figure_5"]["title"] == "Figure 5: ReLU, mean squared,\n‘zeros’, negative"
    assert len(set(titles.values())) == len(titles)


def test_experiments_of_one_composition_are_told_apart_by_their_keys(shipped, schema):
    config = copy.deepcopy(shipped)
    config["losses"]["my_loss"] = {"H": "(f - x2)**2"}
    config["experiments"]["relu_mse_again"] = copy.deepcopy(config["experiments"]["relu_mse"])
    config["experiments"]["unnamed"] = config["experiments"]["relu_mse"] | {"loss": "my_loss"}
    experiments = resolve(config, schema)["experiments"]
    assert experiments["relu_mse"]["title"] == "ReLU, mean squared (relu mse)"
    assert experiments["relu_mse_again"]["title"] == "ReLU, mean squared (relu mse again)"
    assert experiments["unnamed"]["title"] == "ReLU, my loss"
    assert experiments["relu_quartic"]["title"] == "ReLU, quartic"
