"""Which curves of a picture cannot be told apart by who sees no red and green, or has it in grey.

Two curves are told apart by form, which is dashes, marker, its filling, or a width twice as large; or by colours that
differ enough both for a deuteranope and in grey.
"""

from itertools import combinations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

# What a deuteranope sees of linear RGB (G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, IEEE Trans. Vis. Comput.
# Graph. 15 (2009) 1291, severity 1).
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
# sRGB to XYZ, and the white of D65 (IEC 61966-2-1).
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(axis=1)
LEAST = 25.0  # of CIELAB: ten times what is just seen side by side, for thin lines that lie apart
WIDER = 1.9


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB of linear RGB."""
    t = XYZ @ np.clip(rgb, 0, 1) / WHITE
    x, y, z = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distances(one, other):
    """How far two colours are from each other for a deuteranope, and in grey."""
    seen = [lab(DEUTERANOPIA @ linear(colour)) for colour in (one, other)]
    lightness = [lab(linear(colour))[0] for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1])), abs(lightness[0] - lightness[1])


def dashes(line):
    """Of what kind a line is: none, solid, and by how many dashes and dots."""
    if line.get_linestyle() in ("None", "none", "", " ") or line.get_linewidth() == 0:
        return "none"
    _, pattern = line._unscaled_dash_pattern
    if pattern is None:
        return "solid"
    kinds = ["dot" if length <= 2.0 else "dash" for length in pattern[::2]]
    return " ".join(kinds)


def form(line):
    marker = line.get_marker()
    if marker in ("None", "none", "", " ", None):
        return dashes(line), None, None
    empty = line.get_fillstyle() == "none" or to_rgb(line.get_markerfacecolor()) == (1.0, 1.0, 1.0)
    return dashes(line), marker, "none" if empty else line.get_fillstyle()


def told_apart(one, other):
    if form(one) != form(other):
        return True
    widths = sorted((one.get_linewidth(), other.get_linewidth()))
    if dashes(one) != "none" and widths[1] >= WIDER * widths[0]:
        return True
    return min(distances(one.get_color(), other.get_color())) >= LEAST


def is_curve(line):
    x, y = line.get_data()
    marks = len(x) <= 2 and (len(set(x)) < 2 or len(set(y)) < 2) and line.get_label().startswith("_")
    return len(x) > 0 and not marks


def confusable(figure):
    """Pairs of lines of one axes, or of entries of one legend, that only colour tells apart, and not well enough.

    Lines of one colour are one curve, and shades of grey a family: neither need be told apart. Neither need level and
    upright lines without a label, which mark a value.
    """
    found = []
    groups = [[line for line in axes.get_lines() if is_curve(line)] for axes in figure.axes]
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    groups += [[handle for handle in legend.legend_handles if isinstance(handle, Line2D)] for legend in legends]
    for lines in groups:
        for one, other in combinations(lines, 2):
            colours = [to_rgb(line.get_color()) for line in (one, other)]
            grey = all(len(set(colour)) == 1 for colour in colours)
            if colours[0] != colours[1] and not grey and not told_apart(one, other):
                found.append((one.get_label(), other.get_label()))
    return found
