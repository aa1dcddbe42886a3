"""Pictures: what their canvas cuts off, and whether two of them show the same."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread


def written(axes):
    yield from (axes._left_title, axes.xaxis.label, axes.yaxis.label, axes.yaxis.get_offset_text(), *axes.texts)
    if axes.get_legend():
        yield axes.get_legend()


def cut_off(figure):
    """What is not wholly on the canvas, to a pixel."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = []
    for artist in [*figure.texts, *figure.legends, *(one for axes in figure.axes for one in written(axes))]:
        box = artist.get_window_extent(canvas.get_renderer())
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            found.append(getattr(artist, "get_text", lambda artist=artist: artist.get_texts()[0].get_text())())
    return found


def same_picture(one, other):
    """Whether two PNG files show the same, to two of 255 levels.

    The last digit of a place depends on the vector instructions of the processor, which tests take as they are.
    """
    pixels = [imread(path) for path in (one, other)]
    return pixels[0].shape == pixels[1].shape and np.abs(pixels[0] - pixels[1]).max() < 2.5 / 255
