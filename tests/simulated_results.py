"""Results of an experiment with one class, as the checks of claims read them."""

import pandas as pd

from duality.claims.measurements import Results


def fit(k, se, decades, p_value=0.5):
    law = {"k": k, "se": se, "ks_p_value": p_value}
    return {
        "window": {
            "q_low": 1.0,
            "q_high": 10.0**decades,
            "decades": decades,
            "decades_99": decades,
            "own_branch": 0.95,
        },
        "jacobian": {"k": k},
        "raw": law | {"k": k + 0.3},
        "corrected": law,
        "duality": {"p_value": 0.4},
        "shifted": None,
    }


def results_of(
    accuracy=0.975, paper=(1.0, 0.01, 3.0), observed=(1.0, 0.01, 5.0), later=0.0, p_value=0.3, jumps=None, **variants
):
    """One experiment with one class; `later` is where w went when training went on, in standard errors."""
    windows = {"paper": fit(*paper), "observed": observed and fit(*observed)}
    windows |= {name: window and fit(*window) for name, window in variants.items()}
    diagnostics = {name: {"mcse": 0.0} for name in ("w", "b")}
    run = {
        "w": 1 + 0.1 * later,
        "b": 0.0,
        "sd_w": 1.0,
        "sd_b": 1.0,
        "steps": 1000,
        "replicas": 1,
        "autocorrelation_steps": 10,
    }
    rivals = {
        "class": "c",
        "quantity": "q_dot",
        "window": "paper",
        "rival": ["lognormal", "exponential"],
        "favours": ["lognormal", "power law"],
    }
    return Results(
        {"e": {"accuracy": accuracy, "accuracy_se": 1e-4, "diagnostics": diagnostics, "w": 1.0, "b": 0.0}},
        {"e": {"c": {"q_dot": windows, "w_dot": windows, "b_dot": windows, "goodness_of_fit": {"p_value": p_value}}}},
        jumps or {},
        pd.DataFrame({"class": ["c", "c"], "n": [5000, 5000], "mean": [0.001, -0.002], "sd": [0.25, 0.2501]}),
        {"e": pd.DataFrame([run])},
        {"e": pd.DataFrame(rivals)},
    )
