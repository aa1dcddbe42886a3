"""What all pictures have in common: style, sizes, and files that are equal byte for byte if the data are."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from duality.failures import WRITERS, write_failure

BLUE, RED, GREEN, BLACK, GREY, AMBER = "#0044AA", "#CC3311", "#008855", "#000000", "#777777", "#B8860B"

# Curves are told apart by these, and by markers: colours are for those who see them.
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.3)), (0, (6, 2, 1, 2)), (0, (7, 2, 1, 2, 1, 2)))

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "savefig.dpi": 200,
    "svg.hashsalt": "dataset-learning-duality",
}
# Nothing about the time, the machine or the software goes into a file: equal data give equal bytes.
_METADATA = {
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "svg": {"Creator": None, "Date": None},
    "png": {"Software": None},
}
_COMPRESSION = {"compress_level": 3}  # in half the time of the usual 6, and a twentieth larger


def blank(width: float, height: float, font_size: float = RC["font.size"]) -> Figure:
    """An empty figure of a size in inches, with the common style in force while it is drawn."""
    mpl.rcdefaults()
    sizes = {"font.size": font_size, "axes.titlesize": font_size, "axes.labelsize": font_size + 1}
    for key, value in {**RC, **sizes}.items():
        mpl.rcParams[key] = value  # type: ignore[index]
    return Figure(figsize=(width, height))


def panels(
    count: int, columns: int, size: tuple[float, float], margins: tuple[float, float, float, float], foot: float
) -> tuple[Figure, list[Axes]]:
    """A figure of equal panels, row by row, with room for a legend below them.

    Parameters
    ----------
    count, columns : int
        How many, and how many of them beside each other at most. Beside a single one is room for the legend.
    size : (width, height)
        Of a panel, margins included; in inches, as the following.
    margins : (left, bottom, right, top)
        Of a panel.
    foot : float
        Height of the room below.
    """
    (width, height), (left, bottom, right, top) = size, margins
    columns = min(columns, max(count, 2))
    rows = -(-count // columns)
    total = height * rows + foot
    fig = blank(width * columns, total, font_size=7.5)
    axes = []
    for number in range(count):
        row, column = divmod(number, columns)
        place = (
            width * column + left,
            total - height * (row + 1) + bottom,
            width - left - right,
            height - bottom - top,
        )
        x, y, w, h = place
        axes.append(fig.add_axes((x / (width * columns), y / total, w / (width * columns), h / total)))
    return fig, axes


def logarithmic(axes: Axes, *directions: str) -> None:
    """Logarithmic axes ("x", "y") with a tick per decade; to lay out minor ones takes most of the time of a picture."""
    for direction in directions:
        axes.set(**{f"{direction}scale": "log"})
        getattr(axes, f"{direction}axis").set_minor_locator(NullLocator())


def say(axes: Axes, text: str) -> None:
    """Say why there is nothing to draw, in the place of that."""
    axes.set(xticks=[], yticks=[])
    lines = "\n".join(textwrap.wrap(text, 40))
    axes.text(0.5, 0.5, lines, ha="center", va="center", transform=axes.transAxes, parse_math=False)


def readable(name: str, characters: int | None = None) -> str:
    """A name of the config as pictures show it: words, in at most two lines if they may have so many characters."""
    words = name.replace("_", " ")
    if characters is None:
        return words
    return "\n".join(textwrap.wrap(words, characters, max_lines=2, placeholder=" …", break_on_hyphens=False))


def save(figure: Figure, paths: Sequence[str]) -> None:
    """Write a figure to files, whose endings (pdf, svg, png) say the format."""
    FigureCanvasAgg(figure)
    for path in paths:
        ending = Path(path).suffix[1:]
        options: dict[str, Any] = {"pil_kwargs": _COMPRESSION} if ending == "png" else {}
        figure.savefig(path, metadata=_METADATA[ending], **options)


def notice(text: str) -> Figure:
    """A figure that says why there is none."""
    lines = textwrap.wrap(text, 64)
    fig = blank(5.4, 0.6 + 0.2 * len(lines))
    fig.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", color=GREY, parse_math=False)
    return fig


def _failure(why: str, path: Path) -> None:
    save(notice(why), [str(path)])


WRITERS |= {f".{ending}": _failure for ending in _METADATA}  # of an experiment that failed


def publish(figure: Figure, caption: str, name: str, outputs: Sequence[str]) -> None:
    """Write a figure, and its caption beside it, to those outputs of a job that are called by its name."""
    own = [Path(path) for path in outputs if Path(path).stem == name]
    save(figure, [str(path) for path in own if path.suffix[1:] in _METADATA])
    for path in own:
        if path.suffix == ".txt":
            path.write_text(caption, encoding="utf-8")


def publish_failure(why: str, name: str, outputs: Sequence[str]) -> None:
    """Write why an experiment failed to those outputs of a job that are called by the name of its figure."""
    for path in outputs:
        if Path(path).stem == name:
            write_failure(why, path)
