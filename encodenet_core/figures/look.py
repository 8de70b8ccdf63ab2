"""The look that all charts and figures share: colours, type, files that are the same bytes every time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure

from encodenet_core.errors import one_line
from encodenet_core.io.whole_files import write_whole

_LONGEST_NAME = 24


@dataclass(frozen=True)
class Colours:
    """The colours of a page; `blue`, `vermillion` and `green` are of the palette of Okabe and Ito.

    People of any colour vision can tell these three apart. `ink` is for words, `grey` for what stands back,
    `pale` for what only shows that it is there, `paper` for what all of it stands on.
    """

    blue: str
    vermillion: str
    green: str
    ink: str
    grey: str
    pale: str
    paper: str


LIGHT = Colours("#0072B2", "#D55E00", "#009E73", "#1A1A1A", "#595959", "#BFBFBF", "#FFFFFF")
DARK = Colours("#56B4E9", "#E8743B", "#2BC79A", "#EDEDED", "#A8ADB4", "#4A5058", "#15181C")


def style_settings(colours: Colours = LIGHT) -> dict[str, Any]:
    """The settings of matplotlib that differ from its own."""
    return {
        "font.family": "DejaVu Sans",  # comes with matplotlib, so that figures look alike everywhere
        "font.size": 8.5,
        "text.color": colours.ink,
        "figure.facecolor": colours.paper,
        "savefig.facecolor": colours.paper,
        "axes.facecolor": colours.paper,
        "axes.labelcolor": colours.ink,
        "axes.edgecolor": colours.grey,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": colours.grey,
        "ytick.color": colours.grey,
        "xtick.labelcolor": colours.ink,
        "ytick.labelcolor": colours.ink,
        "legend.frameon": False,
        "svg.hashsalt": "encodenet",  # ids in an SVG are random without one
    }


@contextmanager
def house_style(colours: Colours = LIGHT) -> Iterator[None]:
    """Draw in the look of this project, whatever the user's matplotlib is set to."""
    with matplotlib.style.context(style_settings(colours), after_reset=True), warnings.catch_warnings():
        # A class may be named in a script that the font lacks; it is then drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def plain(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name as one short line of text in which nothing is a formula."""
    return one_line(name, longest).replace("$", r"\$")


def save_page(page: Figure, path: Path) -> None:
    """Write a page as `.png` or `.svg`, without the date and the versions that would make files differ."""
    kind = path.suffix.removeprefix(".").lower()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    write_whole(path, lambda temporary: page.savefig(temporary, format=kind, metadata=metadata))
