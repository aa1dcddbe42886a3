"""All figures of the paper on one sheet."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from duality.figures.paper import draw
from duality.figures.style import panels

_COLUMNS = 3


def overview(tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> Figure:
    """A panel per figure, with one legend for all.

    Parameters
    ----------
    tables : mapping
        By the name of the figure its curves, `duality.records.CURVES`.
    titles : mapping
        By the name of the figure.
    """
    fig, all_axes = panels(len(tables), _COLUMNS, (3.5, 2.8), (0.66, 0.45, 0.1, 0.42), 0.5)
    for axes, (name, table) in zip(all_axes, tables.items(), strict=True):
        draw(axes, table)
        axes.set_title(titles[name], loc="left")
    handles, labels = fig.axes[0].get_legend_handles_labels()
    fig.legend(handles, [label.split(",")[0] for label in labels], loc="lower center", ncols=6, handlelength=3.0)
    return fig
