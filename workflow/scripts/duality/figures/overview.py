"""The sheet of all figures of the config."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from duality.figures.paper import draw
from duality.figures.style import panels


def overview(tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> Figure:
    """All figures on one sheet, three to a row.

    Parameters
    ----------
    tables : mapping
        By the name of the figure, its curves, see `duality.figures.paper.curves`.
    titles : mapping
        By the name of the figure.
    """
    fig, all_axes = panels(len(tables), 3, (3.5, 2.8), (0.66, 0.45, 0.1, 0.42), 0.5)
    for axes, (name, table) in zip(all_axes, tables.items(), strict=True):
        draw(axes, table)
        axes.set_title(titles[name], loc="left")
    handles, labels = fig.axes[0].get_legend_handles_labels()
    fig.legend(handles, [label.split(",")[0] for label in labels], loc="lower center", ncols=6, handlelength=3.0)
    return fig
