"""The figure of the jumps: distance between actual and potential jumps against γ, and exponents fitted on both."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from matplotlib.transforms import blended_transform_factory

from duality.conventions import listed
from duality.figures.style import AMBER, BLACK, BLUE, DASHES, GREEN, RED, blank, logarithmic, readable
from duality.jumps.theory_tests import Test, theory_tests
from duality.records.jumps import JumpExponent, Jumps, JumpSummary
from duality.rounding import rounded, significant

_COLOURS = (BLUE, RED, GREEN, AMBER, BLACK)  # of the classes
_FILLS = ("full", "none", "left", "right")  # of the classes
_SIGNS: dict[str, dict[str, Any]] = {
    "negative": {"symbol": "−", "marker": "v", "linestyle": 0},  # the latter among the two dashes of a class
    "positive": {"symbol": "+", "marker": "^", "linestyle": 1},
}
_COLUMNS, _WIDTH, _HEIGHT, _FOOT = 3, 3.1, 2.85, 0.45
_CHARACTERS = 36  # of a title, that a panel has room for
_ROW, _LEFT = 0.21, 5.2  # of the exponents: height of a row, and where the differences begin; in inches
_KINDS: dict[str, dict[str, Any]] = {
    "corrected": {"marker": "o", "markerfacecolor": BLUE, "shift": -0.16},
    "raw": {"marker": "s", "markerfacecolor": "white", "shift": 0.16},
}
_NEAR = 1e-3  # differences of exponents up to this are drawn to scale, larger ones by their logarithm


def figure(
    distances: Mapping[str, pd.DataFrame],
    distributions: Mapping[str, pd.DataFrame],
    summaries: Mapping[str, Jumps],
) -> Figure:
    """A panel per experiment, one with the difference of the two distributions where it is largest, and all exponents.

    Parameters
    ----------
    distances, distributions : mapping
        By experiment, `records.jumps.JUMP_DISTANCES` and `records.jumps.JUMP_DISTRIBUTIONS`.
    summaries : mapping
        By experiment.
    """
    panels = len(distances) + 1
    columns = min(_COLUMNS, panels)
    rows, fitted = -(-panels // columns), _fitted(summaries)
    below = _ROW * len(fitted) + 1.0 if fitted else 0.0
    width, height = _WIDTH * _COLUMNS, _HEIGHT * rows + _FOOT + below
    across = width / columns
    fig = blank(width, height, font_size=8)
    axes = []
    for number in range(panels):
        row, column = divmod(number, columns)
        left, bottom = across * column + 0.62, height - _HEIGHT * (row + 1) + 0.5
        axes.append(fig.add_axes((left / width, bottom / height, (across - 0.75) / width, (_HEIGHT - 0.9) / height)))
    for panel, (experiment, table) in zip(axes, distances.items(), strict=False):
        _draw_distances(panel, table, summaries[experiment])
        panel.set_title(readable(experiment, _CHARACTERS), loc="left")
    lowest, highest = (f(axis.get_ylim()[i] for axis in axes[:-1]) for i, f in ((0, min), (1, max)))
    for panel in axes[:-1]:
        panel.set_ylim(lowest, highest)
    experiment, worst = _largest(distances)
    _draw_difference(axes[-1], distributions[experiment], worst)
    axes[-1].set_title(readable(experiment, _CHARACTERS), loc="left")
    handles = [
        axes[0].plot([], [], color="0.3", marker="^", linestyle="none", label="measured, 95% interval")[0],
        axes[0].plot([], [], color="0.3", linestyle="-", label="predicted from Gaussian $(w, b)$")[0],
        axes[0].fill_between([], [], color="0.88", linewidth=0, label="below: noise"),
    ]
    fig.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, below / height), ncols=3)
    if fitted:
        lower = fig.add_axes((_LEFT / width, 0.45 / height, (width - _LEFT - 0.15) / width, (below - 0.75) / height))
        _draw_exponents(lower, fitted)
    return fig


def _fitted(summaries: Mapping[str, Jumps]) -> list[tuple[str, dict[str, JumpExponent]]]:
    """What to call a class whose exponents were measured, and these."""
    return [
        (f"{readable(experiment)}, {name} {_SIGNS[sign]['symbol']}", found.exponents)
        for experiment, classes in summaries.items()
        for name, signs in classes.items()
        for sign, found in signs.items()
        if found.exponents
    ]


def _draw_exponents(axes: Axes, fitted: list[tuple[str, dict[str, JumpExponent]]]) -> None:
    """A row per class: the corrected exponents of potential and actual jumps as numbers, and the differences."""
    text = blended_transform_factory(axes.figure.dpi_scale_trans, axes.transData)
    axes.axvline(0, color="0.6", linewidth=0.6, zorder=0)
    for row, (label, exponents) in enumerate(fitted):
        axes.text(0.15, row, label, transform=text, va="center")
        for place, of in ((3.1, exponents["corrected"].potential), (4.2, exponents["corrected"].actual)):
            axes.text(place, row, rounded(of, "picture"), transform=text, va="center", ha="center", fontsize=7)
        for kind, found in exponents.items():
            style = dict(_KINDS[kind])
            y = row + style.pop("shift")
            error = 0.5 * (found.difference.interval[1] - found.difference.interval[0])
            axes.errorbar(
                found.difference.value, y, xerr=error, color=BLUE, markersize=3.5, linewidth=1, zorder=3, **style
            )
            if found.expected is not None:
                axes.plot(found.expected, y, color=BLACK, marker="|", markersize=8, markeredgewidth=1.4, zorder=4)
    for place, heading in ((0.15, "exponent $k_q$"), (3.1, "potential"), (4.2, "actual")):
        align = "left" if place < 1 else "center"
        axes.text(place, -1, heading, transform=text, va="center", ha=align, style="italic")
    axes.set_xscale("symlog", linthresh=_NEAR, linscale=1.5)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(len(fitted) - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("actual less potential", labelpad=1)
    labels = {kind: f"{kind}, 95% interval" for kind in _KINDS}
    handles = [
        axes.plot([], [], color=BLUE, linestyle="none", markersize=3.5, label=labels[kind],
                  **{key: value for key, value in style.items() if key != "shift"})[0]
        for kind, style in _KINDS.items()
    ]  # fmt: skip
    handles += axes.plot([], [], color=BLACK, linestyle="none", marker="|", markersize=8, label="predicted")
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=7, borderaxespad=0)


def _largest(distances: Mapping[str, pd.DataFrame]) -> tuple[str, pd.Series]:
    """The experiment and row of the largest distance of all."""
    experiment = max(distances, key=lambda name: distances[name]["ks"].max())
    return experiment, distances[experiment].iloc[int(distances[experiment]["ks"].argmax())]


def _draw_distances(axes: Axes, table: pd.DataFrame, summary: Jumps) -> None:
    floor = table.groupby("gamma")["noise_floor"].max()
    tiny = 0.3 * min(table["ks"].min(), floor.min())
    axes.fill_between(floor.index, 1e-3 * tiny, floor, color="0.88", linewidth=0, zorder=0)
    numbers = {name: number for number, name in enumerate(table["class"].unique())}
    for (name, sign), rows in table.groupby(["class", "sign"], sort=False):
        style, found, number = _SIGNS[str(sign)], summary[str(name)][str(sign)], numbers[name]
        label = f"{name} {style['symbol']}"
        if found.power:
            label += rf": $\propto\gamma^{{a}}$, $a$ = {rounded(found.power, 'picture')}"
            label += "" if found.resolved else " (noise)"
        bars = [rows["ks"] - rows["ks_low"].clip(lower=tiny), rows["ks_high"] - rows["ks"]]
        axes.errorbar(
            rows["gamma"], rows["ks"], yerr=bars, color=_COLOURS[number % 5], marker=style["marker"], markersize=5,
            fillstyle=_FILLS[number % 4], linestyle="none", linewidth=1, zorder=3, label=label,
        )  # fmt: skip
        dashes = DASHES[(2 * number + style["linestyle"]) % 5]
        axes.plot(rows["gamma"], rows["predicted_ks"], color=_COLOURS[number % 5], linestyle=dashes, linewidth=1)
    logarithmic(axes, "x", "y")
    gammas = np.sort(table["gamma"].unique())
    axes.set_xlim(gammas[0] / 1.2, gammas[-1] * 1.2)
    axes.xaxis.set_major_locator(FixedLocator(gammas.tolist()))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylim(tiny, 6 * table["ks_high"].max())  # room for the legend
    axes.set_xlabel(r"$\gamma$", labelpad=1)
    axes.set_ylabel("KS distance")
    axes.legend(loc="upper left", fontsize=7, handletextpad=0.3, borderaxespad=0.1)


def _draw_difference(axes: Axes, curves: pd.DataFrame, chosen: pd.Series) -> None:
    same = [curves[key] == chosen[key] for key in ("class", "sign", "gamma")]
    rows = curves[same[0] & same[1] & same[2]]
    x, thousandths = np.log10(rows["q_dot"]), 1e3 * rows[["difference", "difference_se", "predicted_difference"]]
    axes.axhline(0, color="0.6", linewidth=0.6, zorder=0)
    low, high = (thousandths["difference"] + side * 1.96 * thousandths["difference_se"] for side in (-1, 1))
    axes.fill_between(x, low, high, color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(x, thousandths["difference"], color=BLUE, linewidth=1.2, label="measured, 95%")
    axes.plot(
        x, thousandths["predicted_difference"], color=BLACK, linewidth=0.9, linestyle=(0, (4, 2)), label="predicted"
    )
    of_class = f"{chosen['class']} {_SIGNS[chosen['sign']]['symbol']}"
    axes.set_xlabel(rf"$\log_{{10}}\,|\dot{{q}}|$ of {of_class} at $\gamma$ = {chosen['gamma']:g}", labelpad=1)
    # The factor in the label: above the axis it would push the title out of the picture.
    axes.set_ylabel(r"$10^3\,(F_\mathrm{actual} - F_\mathrm{potential})$")
    axes.legend(loc="best", fontsize=7)


def caption(summaries: Mapping[str, Jumps], significance: float) -> str:
    """A caption that stands by itself, in plain text, with every distance and exponent.

    Parameters
    ----------
    summaries : mapping
        By experiment.
    significance : float
        Below which p-values, corrected for their number, reject the averaged theory.
    """
    tests = theory_tests(summaries)
    lines = [
        "Actual against potential jumps. Kolmogorov-Smirnov distance between the distribution of the jumps |q̇| that "
        "training makes in equilibrium and that of the jumps that the same samples would cause at the mean (w, b), "
        "per class and sign of ḃ, both normalised by all samples of the class, at several learning rates γ. Bars: "
        "95%, from stretches of trajectory longer than the autocorrelation time. Lines: the same distance for a "
        "Gaussian (w, b) with the covariance that theory has for the stationary SGD. Shaded: distances that equal "
        "distributions would show (95%). Filled and open: the classes. Last panel of distances: difference of the "
        "two distributions where it is largest. The distance is of order γ where the distribution is smooth, and "
        "falls more slowly where |q̇| has a largest or smallest value. Exponents of the fit: of the predicted "
        "difference, scaled to fit the measured one at each γ. (noise) stands behind an exponent a that comes out too "
        "small, since not all of its distances are above the shaded ones. Below: the exponent of q̇ on the paper's "
        "window, fitted on potential and on actual jumps at the experiment's γ, corrected for the dataset, and the "
        "difference of the two, corrected and raw; up to 0.001 to scale, beyond by its logarithm. Errors are those "
        "at the mean (w, b) of the run, from the same stretches.",
        _theory(tests, significance),
        *_unexplained(summaries),
        "",
    ]
    for experiment, classes in summaries.items():
        for name, signs in classes.items():
            for sign, found in signs.items():
                lines.append(f"{experiment}, '{name}', {sign}: {_numbers(found)}.")
                lines += [f"  {kind} exponent: {_exponent(of)}." for kind, of in found.exponents.items()]
    return "\n".join(lines) + "\n"


def _theory(tests: Mapping[Test, float], significance: float) -> str:
    """What the tests of the averaged theory say together."""
    if not tests:
        return "Nothing is predicted."
    rejected = [f"{what} of {experiment}, '{name}', {sign}" for (experiment, name, sign, what), p in tests.items()
                if p < significance]  # fmt: skip
    verdict = f"it is rejected, at the level {significance:g}, by {len(rejected)}: {'; '.join(rejected)}"
    return (
        f"The average over a Gaussian (w, b) was put to {len(tests)} tests, whose p-values are corrected by Holm as "
        f"one family: {verdict if rejected else f'none rejects it at the level {significance:g}'}."
    )


def _unexplained(summaries: Mapping[str, Jumps]) -> list[str]:
    """Where theory fails, and what was used in its place."""
    names = [
        name
        for name, classes in summaries.items()
        if not all(found.explained for signs in classes.values() for found in signs.values())
    ]
    if not names:
        return []
    return [
        f"Theory does not explain the spread of w and b of {listed(names)} within four errors: there the Gaussian "
        "(w, b) has the measured spread, in proportion to γ."
    ]


def _exponent(found: JumpExponent) -> str:
    text = (
        f"{rounded(found.potential, 'picture')} of potential, {rounded(found.actual, 'picture')} of actual jumps, "
        f"difference {rounded(found.difference, 'picture')}"
    )
    if found.expected is not None:
        text += f", predicted {significant(found.expected)} (p = {found.p_value:.2g})"
    return text


def _numbers(found: JumpSummary) -> str:
    low, high = found.distance.interval
    text = f"{significant(found.distance.value)} [{significant(low)}, {significant(high)}]"
    text += f" at γ = {significant(found.gamma, 6)}"
    if found.predicted_distance is not None:
        text += f", predicted {significant(found.predicted_distance)}"
    if found.deviation is not None:
        text += f"; measured less predicted at most {rounded(found.deviation, 'picture')} (p = {found.p_value:.2g})"
    if found.power:
        text += f"; ∝ γ^({rounded(found.power, 'picture')})"
        text += "" if found.resolved else " (not all above the noise: too small)"
    if found.fitted_power:
        text += f", of the fit {rounded(found.fitted_power, 'picture')}"
    if found.predicted_power is not None:
        text += f", predicted {found.predicted_power:.2f}"
    return text
