"""Pages measured in pixels, with a header, axes and mosaics on them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from encodenet_core.figures.look import LIGHT
from encodenet_core.figures.mosaic import Box, Mosaic

DPI = 200
MARGIN = 36
"""Pixels between the edge of a page and what stands on it."""
HEADER = 138
"""Pixels at the top of a page that its title and subtitle take."""

BLUE, VERMILLION, GREEN = LIGHT.blue, LIGHT.vermillion, LIGHT.green
INK, GREY, PALE = LIGHT.ink, LIGHT.grey, LIGHT.pale


def open_page(width: int, height: int, title: str, subtitle: str) -> Figure:
    """An empty page of so many pixels with its two lines of header."""
    # A thousandth more, because 1107 / 200 * 200 is less than 1107.
    page = Figure(figsize=((width + 1e-3) / DPI, (height + 1e-3) / DPI), dpi=DPI)
    FigureCanvasAgg(page)
    left = MARGIN / width
    page.text(left, 1 - MARGIN / height, title, va="top", size=11.5, weight="bold")
    page.text(left, 1 - (MARGIN + 46) / height, subtitle, va="top", size=8.5, color=GREY)
    return page


def place_axes(page: Figure, box: Box) -> Axes:
    """Axes that fill `(left, top, width, height)`, in pixels from the upper left corner of the page."""
    left, top, width, height = box
    page_width, page_height = page.get_size_inches() * DPI
    return page.add_axes(
        (left / page_width, 1 - (top + height) / page_height, width / page_width, height / page_height)
    )


def place_mosaic(page: Figure, mosaic: Mosaic, left: int, top: int) -> Axes:
    """Axes that show a mosaic pixel by pixel, and whose coordinates are its pixels, downwards."""
    height, width = mosaic.canvas.shape[:2]
    axes = place_axes(page, (left, top, width, height))
    axes.imshow(mosaic.canvas, interpolation="none", extent=(0, width, height, 0), aspect="auto")
    axes.set_axis_off()
    for box in mosaic.boxes.values():
        frame(axes, box, PALE, width=0.5)
    return axes


def frame(axes: Axes, box: Box, colour: str, *, width: float = 2.0, dashed: bool = False) -> None:
    """Draw a line around a tile of a mosaic, `width` points wide."""
    left, top, across, down = box
    style = (0, (2.2, 1.4)) if dashed else "-"
    patch = Rectangle(
        (left, top), across, down, fill=False, edgecolor=colour, linewidth=width, linestyle=style
    )
    patch.set_clip_on(False)
    axes.add_patch(patch)


def short_number(value: float) -> str:
    """A number in two digits after the point, or where that leaves nothing as a power of ten."""
    if value == 0:
        return "0"
    if value >= 0.01:
        return f"{value:.2f}"
    return f"{value:.0e}".replace("e-0", "e-")
