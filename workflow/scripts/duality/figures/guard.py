"""The figure of the guard: (w, b), kicks, accuracy and exponents against ε, and how long training lasts without it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from duality.conventions import symbol
from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, GREY, RED, blank, logarithmic
from duality.records.estimates import STANDARD_ERRORS, Estimate
from duality.rounding import plain, rounded, significant

_COLOURS = (BLUE, RED, GREEN, AMBER, BLACK, GREY)
_MARKERS = "osD^vP"
_FILLS = ("full", "none", "left", "right")  # of the classes
_WIDTH, _HEIGHT = 9.3, 5.9


def figure(theory: pd.DataFrame, training: pd.DataFrame, unguarded: pd.DataFrame) -> Figure:
    """Six panels: w, b, moments of the kick, exponents, what is dead or misjudged, and survival without guard.

    Parameters
    ----------
    theory, training, unguarded : DataFrame
        `records.guard.GUARD_THEORY`, `GUARD_TRAINING` and `UNGUARDED_TRAINING`.
    """
    fig = blank(_WIDTH, _HEIGHT, font_size=8)
    panels = [
        fig.add_axes(((0.62 + 3.1 * (i % 3)) / _WIDTH, (3.5 - 2.95 * (i // 3)) / _HEIGHT, 2.35 / _WIDTH, 2.1 / _HEIGHT))
        for i in range(6)
    ]
    for panel, name in zip(panels[:2], ("w", "b"), strict=True):
        _parameters(panel, theory, training, name)
    _kicks(panels[2], theory)
    _exponents(panels[3], theory, training)
    _errors(panels[4], theory, training)
    for panel in panels[:5]:
        logarithmic(panel, "x")
        panel.set_xlabel(r"guard $\epsilon$", labelpad=1)
    _survival(panels[5], unguarded)
    for panel, letter in zip(panels, "abcdef", strict=True):
        panel.set_title(f"({letter})", loc="left")
    return fig


def _gamma(ratio: object) -> str:
    return r"$\gamma = \epsilon$" if ratio == 1 else rf"$\gamma = {ratio:g}\,\epsilon$"


def _parameters(axes: Axes, theory: pd.DataFrame, training: pd.DataFrame, name: str) -> None:
    optimum = theory.drop_duplicates("value").sort_values("value")
    axes.plot(optimum["value"], optimum[name], color=BLACK, linewidth=1.2, label="population optimum")
    reached = _reached(training).drop_duplicates(["value", "gamma"])
    shifted = optimum[optimum["value"].between(0.5 * training["value"].min(), 2 * training["value"].max())]
    for index, (ratio, rows) in enumerate(reached.groupby("gamma_over_value", sort=False)):
        colour = _COLOURS[index % len(_COLOURS)]
        expected = shifted[name] + float(str(ratio)) * shifted["value"] * shifted[f"shift_{name}"]
        axes.plot(shifted["value"], expected, color=colour, linewidth=0.9, linestyle=DASHES[1 + index % 4])
        axes.errorbar(
            rows["value"], rows[name], yerr=STANDARD_ERRORS * rows[f"{name}_se"], color=colour,
            marker=_MARKERS[index % 6], markersize=4, linestyle="none", label=f"SGD, {_gamma(ratio)}",
        )  # fmt: skip
    axes.set_ylabel(f"${name}$")
    axes.legend(loc="best", fontsize=7)


def _kicks(axes: Axes, theory: pd.DataFrame) -> None:
    first = theory[theory["class"] == theory["class"].iloc[0]].sort_values("value")
    for end, style in (("", "-"), ("_fixed", (0, (1.5, 1.5)))):
        where = "at the optimum" if not end else r"at fixed $(w, b)$"
        axes.plot(
            first["value"],
            first[f"square_kick{end}"],
            color=RED,
            linewidth=2.2,
            linestyle=style,
            label=rf"$\langle h^2\rangle$ {where}",
        )
        axes.plot(
            first["value"], first[f"mean_kick{end}"].abs(), color=BLUE, linewidth=1.0, linestyle=style,
            label=rf"$|\langle h\rangle|$ {where}",
        )  # fmt: skip
    logarithmic(axes, "y")
    axes.set_ylabel(f"moments of the kick, ‘{first['class'].iloc[0]}’")
    axes.legend(loc="upper right", fontsize=6.5)


def _exponents(axes: Axes, theory: pd.DataFrame, training: pd.DataFrame) -> None:
    for index, (name, rows) in enumerate(theory.dropna(subset=["k_jacobian"]).groupby("class", sort=False)):
        rows = rows.sort_values("value")
        axes.plot(
            rows["value"], rows["k_jacobian"], color=_COLOURS[index % 6], linewidth=1.2, linestyle=DASHES[index % 5],
            label=f"Jacobian, ‘{name}’",
        )  # fmt: skip
    reached = _reached(training)
    for index, (name, rows) in enumerate(reached.groupby("class", sort=False)):
        for number, (ratio, same) in enumerate(rows.groupby("gamma_over_value", sort=False)):
            axes.errorbar(
                same["value"] * 1.06 ** (number - 0.5), same["k_corrected"],
                yerr=STANDARD_ERRORS * same["k_corrected_se"],
                color=_COLOURS[index % 6], marker=_MARKERS[number % 6], markersize=4, linestyle="none", linewidth=0.8,
                fillstyle=_FILLS[index % 4],
                label=f"SGD, ‘{name}’, {_gamma(ratio)}",
            )  # fmt: skip
    axes.set_ylabel("$k_q$, paper's window")
    axes.legend(loc="best", fontsize=6.5)


def _errors(axes: Axes, theory: pd.DataFrame, training: pd.DataFrame) -> None:
    optimum = theory.drop_duplicates("value").sort_values("value")
    axes.plot(optimum["value"], 1 - optimum["accuracy"], color=BLACK, label="1 − accuracy, optimum")
    reached = _reached(training).drop_duplicates(["value", "gamma"])
    axes.plot(
        reached["value"], 1 - reached["accuracy"], color=BLUE, marker="o", markersize=4, linestyle="none",
        label="1 − accuracy, SGD",
    )  # fmt: skip
    mean = theory.groupby("value")[["dead", "wrong_dead"]].mean()
    axes.plot(mean.index, mean["dead"], color=GREY, linestyle=DASHES[2], linewidth=1.8, label="no gradient")
    axes.plot(mean.index, mean["wrong_dead"], color=RED, linestyle=(0, (4, 2)), label="no gradient, wrong side")
    logarithmic(axes, "y")
    axes.set_ylabel("fraction of samples")
    axes.legend(loc="center left", bbox_to_anchor=(0, 0.62), fontsize=7)


def _survival(axes: Axes, unguarded: pd.DataFrame) -> None:
    for index, (gamma, rows) in enumerate(unguarded.groupby("gamma", sort=False)):
        colour = _COLOURS[index % 6]
        for column, style, fill in (("collapsed", "-", "full"), ("died", (0, (1.5, 1.5)), "none")):
            end = rows["steps"].iloc[0]
            times = np.sort(rows[column].dropna())
            left = 1 - np.arange(times.size + 1) / len(rows)
            label = rf"$\gamma$ = {gamma:g}" if column == "collapsed" else None
            axes.step(
                np.concatenate([[0], times, [end]]) * gamma, np.append(left, left[-1]), where="post", color=colour,
                linestyle=style, linewidth=1.1, marker=_MARKERS[index % 6], markersize=4, fillstyle=fill,
                markevery=(index * len(times) // 24, max(1, len(times) // 6)), label=label,
            )  # fmt: skip
    rate = (unguarded["predicted_rate"] / unguarded["gamma"]).iloc[0]
    time = np.geomspace(1, (unguarded["steps"] * unguarded["gamma"]).max(), 200)
    axes.plot(time, np.exp(-rate * time), color=BLACK, linewidth=1, linestyle=(0, (4, 2)), label="predicted")
    axes.plot([], [], color="0.4", linestyle=(0, (1.5, 1.5)), label="not dead (open)")
    logarithmic(axes, "x")
    axes.set_xlim(5, time[-1])
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(r"$\gamma\,\times$ SGD steps, no guard", labelpad=1)
    axes.set_ylabel("share not collapsed")
    axes.legend(loc="lower left", fontsize=7)


def _reached(training: pd.DataFrame) -> pd.DataFrame:
    return training[training["outcome"] == "equilibrium"]


def survival(unguarded: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean time to an event, the runs being exponential and some of them without it: total time / number of events.

    Returns
    -------
    DataFrame
        Indexed by γ: runs, events, mean and its standard error (steps).
    """
    grouped = unguarded.assign(time=unguarded[column].fillna(unguarded["steps"])).groupby("gamma", sort=False)
    events = grouped[column].count()
    mean = grouped["time"].sum() / events
    return pd.DataFrame({"runs": grouped.size(), "events": events, "mean": mean, "se": mean / np.sqrt(events)})


def caption(theory: pd.DataFrame, training: pd.DataFrame, unguarded: pd.DataFrame, parameter: str, title: str) -> str:
    """A caption that stands by itself, in plain text, with the main numbers; `title` is that of the experiment."""
    parameter = symbol(parameter)
    lines = [
        f"{title}: the guard {parameter} of its loss. Panels (a) and (b): the weight w and the bias b against the "
        "guard: the population optimum (line), SGD in equilibrium (points, 95% errors), and the optimum shifted by "
        "what theory has to order γ (broken lines). (c) Mean (thin) and mean square (thick) "
        "of the kick h = dH/dy of one class, at the optimum (solid) and at the (w, b) of the experiment's own guard "
        "(dotted). (d) Exponent k_q on the paper's window: Jacobian (lines), dataset-corrected (points, 95% errors; "
        "a shape per γ/ε, a filling per class). (e) 1 − accuracy, samples without gradient, and those of them that "
        "are misjudged. (f) Without guard: share of runs whose accuracy has not fallen to that of guessing (solid) "
        "and of those not dead (dotted, open), a shape per γ; dashed: the rate of single kicks large enough for "
        "that, at frozen (w, b).",
        "",
    ]
    first = theory[theory["class"] == theory["class"].iloc[0]].sort_values("value")
    if len(first) > 1:
        smallest, next_one = first.iloc[0], first.iloc[1]
        decades = np.log10(next_one["value"] / smallest["value"])
        slope = np.log10(next_one["square_kick_fixed"] / smallest["square_kick_fixed"]) / decades
        growth = (abs(smallest["mean_kick_fixed"]) - abs(next_one["mean_kick_fixed"])) / decades
        exponent = f"{slope:.3f}".replace("-", "−")
        lines.append(
            f"At fixed (w, b), {parameter} = {significant(smallest['value'], 6)} to "
            f"{significant(next_one['value'], 6)}: ⟨h²⟩ ∝ {parameter}^({exponent}), |⟨h⟩| grows by {growth:.4f} "
            "a decade."
        )
    for _, row in _reached(training).iterrows():
        w, b = (rounded(Estimate.normal(row[name], row[f"{name}_se"]), "picture") for name in ("w", "b"))
        k = ""
        if not np.isnan(row["k_corrected"]):
            k = f", k_q = {rounded(Estimate.normal(row['k_corrected'], row['k_corrected_se']), 'picture')}"
        accuracy = rounded(Estimate.normal(row["accuracy"], row["accuracy_se"]), "picture")
        lines.append(
            f"{parameter} = {significant(row['value'], 6)}, γ = {significant(row['gamma'], 6)}: w = {w}, b = {b}, "
            f"accuracy {accuracy}; '{row['class']}': {row['decades']:.2f} decades{k}."
        )
    failed = training[training["outcome"] != "equilibrium"].drop_duplicates(["value", "gamma"])
    lines += [
        f"{parameter} = {significant(row['value'], 6)}, γ = {significant(row['gamma'], 6)}: {row['outcome']}."
        for _, row in failed.iterrows()
    ]
    collapses, deaths = survival(unguarded, "collapsed"), survival(unguarded, "died")
    for (gamma, row), died in zip(collapses.iterrows(), deaths["events"], strict=True):
        same = unguarded[unguarded["gamma"] == gamma].iloc[0]
        predicted = float(f"{1 / same['predicted_rate']:.3g}")
        mean = f"on average after {plain(Estimate.normal(row['mean'], row['se']))} steps, " if row["events"] else ""
        lines.append(
            f"Without guard, γ = {significant(same['gamma'], 6)}: {row['events']:.0f} of {row['runs']:.0f} runs "
            f"collapsed, {mean}predicted {predicted:.0f} (kicks |q̇| ≥ {same['fatal_kick']:.3g}); {died} died within "
            f"{same['steps']:.0f} steps."
        )
    return "\n".join(lines) + "\n"
