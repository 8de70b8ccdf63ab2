"""The images of a trial in the terminal: by sixels or kitty's protocol where it has them, else in blocks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from PIL import Image
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from encodenet_core.errors import DataError
from encodenet_core.runs.picture_rows import read_picture

ImageChoice = Literal["auto", "blocks"]

TILE_LINES = 8
"""Lines of text that an image is high; 16 dots of half blocks."""

CELL_PIXELS = (10, 20)
"""The pixels drawn for a cell where a terminal has real pixels."""

STRIP_CELLS = 50
"""How wide one drawn image may be: xterm drops sixels of more than 1,000 pixels, and a cell has up to 20."""

BLOCK_PIXELS = (1, 2)
"""The pixels of a cell made of an upper and a lower half."""

NAMES = {"target": "representative, what it should be"}
"""What a row is called for people, where its own name says too little."""


class ShowsImages(Protocol):
    """What pictures ask of their application: by which widget it shows an image."""

    image_kind: type[Widget]


def image_kind(choice: ImageChoice, *, no_color: bool) -> type[Widget]:
    """The best way this terminal has to show an image; without colour, blocks of different density.

    With `auto` the terminal is asked, which works only before an application takes it over. `blocks` is for
    those that claim too much: kitty before 0.28 has only a part of its protocol.
    """
    # A terminal that does not tell the size of its cells would get a traceback as a warning.
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    from textual_image.renderable import Image as Best
    from textual_image.renderable import UnicodeImage as Unicode
    from textual_image.widget import HalfcellImage, UnicodeImage
    from textual_image.widget import Image as Asked

    if no_color:
        return UnicodeImage
    return HalfcellImage if choice == "blocks" or Best is Unicode else Asked


class Pictures(Vertical):
    """Rows of images below each other, as many of each as fit beside each other."""

    DEFAULT_CSS = """
    Pictures { height: auto; }
    Pictures Static { height: auto; }
    Pictures Horizontal { height: auto; }
    """

    def __init__(self, path: Path) -> None:
        """The picture in a file, or why it cannot be shown; where there is no file, nothing."""
        super().__init__()
        self._path = path
        self._rows: Mapping[str, Sequence[Image.Image]] = {}
        self._shown = 0

    def compose(self) -> ComposeResult:
        """A heading; images come with the size."""
        if self._path.exists():
            yield Static("\n[bold underline]pictures[/]")
            try:
                self._rows = read_picture(self._path)
            except DataError as error:
                yield Static(str(error), markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Show as many images as fit now."""
        self.call_later(self._fill, event.size.width)

    async def _fill(self, width: int) -> None:
        """Draw anew where another number of images fits."""
        if not self._rows:
            return
        tiles = next(iter(self._rows.values()))
        columns = max(2, round(2 * TILE_LINES * tiles[0].width / tiles[0].height))
        fitting = max(1, min(len(tiles), (width + 1) // (columns + 1)))
        if fitting == self._shown:
            return
        self._shown = fitting
        await self.query(".row").remove()
        made: list[Widget] = []
        for name, images in self._rows.items():
            made.append(Static(NAMES.get(name, name), classes="row", markup=False))
            made.append(Horizontal(*self._strips(images[:fitting], columns), classes="row"))
        await self.mount(*made)

    def _strips(self, images: Sequence[Image.Image], columns: int) -> Iterator[Widget]:
        """One row of images, in as few pieces as may be."""
        most = max(1, (STRIP_CELLS + 1) // (columns + 1))
        for start in range(0, len(images), most):
            strip = self._strip(images[start : start + most], columns)
            strip.styles.margin = (0, 1, 0, 0)
            yield strip

    def _strip(self, images: Sequence[Image.Image], columns: int) -> Widget:
        """Neighbouring images as one, of exactly as many pixels as its cells have."""
        kind: Any = cast(ShowsImages, self.app).image_kind
        across, down = BLOCK_PIXELS if kind.__name__ == "HalfcellImage" else CELL_PIXELS
        width = len(images) * (columns + 1) - 1
        gap = self.background_colors[1].rgb
        strip = Image.new("RGB", (width * across, TILE_LINES * down), gap)
        for place, image in enumerate(images):
            tile = image.resize((columns * across, TILE_LINES * down), Image.Resampling.BOX)
            strip.paste(tile, (place * (columns + 1) * across, 0))
        shown: Widget = kind(strip)
        shown.styles.width, shown.styles.height = width, TILE_LINES
        return shown
