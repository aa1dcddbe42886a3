"""Titles, labels, texts and legends of a picture that its canvas cuts off."""

from matplotlib.backends.backend_agg import FigureCanvasAgg


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
