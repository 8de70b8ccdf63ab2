"""The look that all charts and figures share: colours, type, files that are the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure

from encodenet_core.errors import one_line
from encodenet_core.figures.lettering import families_for, lettered
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


def style_settings(colours: Colours = LIGHT, names: Iterable[str] = ()) -> dict[str, Any]:
    """The settings of matplotlib that differ from its own; `names` are drawn too, in whatever script."""
    return {
        "font.family": families_for(names),
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
def house_style(colours: Colours = LIGHT, names: Iterable[str] = ()) -> Iterator[None]:
    """Draw in the look of this project, whatever the user's matplotlib is set to.

    Args:
        colours: of the page.
        names: of people's own, which may be in scripts that the first font lacks.
    """
    with matplotlib.style.context(style_settings(colours, names), after_reset=True):
        yield


def plain(name: str, longest: int = _LONGEST_NAME, otherwise: str | None = None) -> str:
    """A name as one short line of text in which nothing is a formula.

    Args:
        name: in whatever script.
        longest: characters.
        otherwise: what stands in its place where no font has its letters, as `lettered` takes it.
    """
    return lettered(one_line(name, longest), otherwise).replace("$", r"\$")


def class_name(class_names: Sequence[str], label: int, longest: int = _LONGEST_NAME) -> str:
    """The name of a class as it is drawn; its number where no font has the letters."""
    return plain(class_names[label], longest, f"class {label}")


def names_not_drawn(class_names: Sequence[str]) -> list[str]:
    """For each class that figures name by its number: both, as in `class 3: 猫`."""
    with house_style(names=class_names):
        drawn = [lettered(name, "") for name in class_names]
    return [f"class {label}: {name}" for label, name in enumerate(class_names) if not drawn[label]]


def save_page(page: Figure, path: Path) -> None:
    """Write a page as `.png` or `.svg`, without the date and the versions that would make files differ."""
    kind = path.suffix.removeprefix(".").lower()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    write_whole(path, lambda temporary: page.savefig(temporary, format=kind, metadata=metadata))
