"""In which fonts names are drawn, and what stands in their place where no font here has their letters.

DejaVu Sans comes with matplotlib and has most alphabets, but none of the characters of Chinese, Japanese and
Korean. Those are taken from an installed font; a box in place of a letter is never drawn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

FIRST = "DejaVu Sans"
"""Comes with matplotlib, so that figures look alike everywhere."""

_JOINING = re.compile("[\u0900-\u109f\u1780-\u17ff\u1a20-\u1aff\ua800-\uabff]")
"""Letters of South and Southeast Asia, whose shapes and places depend on their neighbours."""

_BOXES = ("LastResort", "AdobeBlank")
"""Fonts that have a sign for every character, and letters for none."""

_GAPS = frozenset(" \n")


def families_for(texts: Iterable[str]) -> list[str]:
    """Families of fonts that together have the letters of some texts, as far as any here have them."""
    missing = frozenset().union(*map(_visible, texts)) - _letters_of_family(FIRST)
    families = [FIRST]
    while missing:
        known = {family: len(missing & _letters_of_family(family)) for family, _ in _installed()}
        best = max(sorted(known), key=known.__getitem__, default="")
        if not known.get(best):
            break
        families.append(best)
        missing -= _letters_of_family(best)
    return families


def lettered(text: str, otherwise: str | None = None) -> str:
    """A text if the fonts of the style in force can draw it; else what to write otherwise.

    Args:
        text: of one line.
        otherwise: None writes each letter that no font has as its number, such as `U+732B`.
    """
    if is_drawable(text):
        return text
    if otherwise is not None:
        return otherwise
    return "".join(each if is_drawable(each) else numbered(each) for each in text)


def numbered(letter: str) -> str:
    """What stands for a letter that no font has."""
    return f"U+{ord(letter):04X}"


def is_drawable(text: str) -> bool:
    """Whether the fonts of the style in force have all letters, and can join them."""
    known = frozenset().union(*map(_letters_of_family, matplotlib.rcParams["font.family"]))
    return _visible(text) <= known and (_joins_letters() or not is_joined(text))


def is_joined(text: str) -> bool:
    """Whether letters are not simply drawn one after the other from left to right, as in Arabic."""
    return bool(_JOINING.search(text)) or any(unicodedata.bidirectional(each) in ("R", "AL") for each in text)


@cache
def letters_of(file: Path) -> frozenset[str]:
    """The characters that a font has glyphs for; none where it cannot be read."""
    try:
        return frozenset(map(chr, FT2Font(str(file)).get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()


def cell_width(text: str) -> float:
    """How wide a text is beside one of as many Latin letters, whose width is 1 each."""
    return sum(1.5 if unicodedata.east_asian_width(each) in "WF" else 1.0 for each in text)


def font_file_for(text: str) -> Path | None:
    """One font that has all letters of a text; None where none has."""
    letters = _visible(text)
    if letters <= letters_of(first_file()):
        return first_file()
    files = sorted(file for _, file in _installed())
    return next((file for file in files if letters <= letters_of(file)), None)


def first_file() -> Path:
    """The font that is there everywhere."""
    return _file_of(FIRST)


def _installed() -> Iterator[tuple[str, Path]]:
    """Families and files of upright fonts of common weight, but for those of mere boxes."""
    for font in fontManager.ttflist:
        common = font.style == "normal" and font.weight in (400, "normal", "regular")
        if common and not font.name.replace(" ", "").lstrip(".").startswith(_BOXES):
            yield font.name, Path(font.fname)


def _visible(text: str) -> frozenset[str]:
    return frozenset(text) - _GAPS


def _joins_letters() -> bool:
    """Since 3.11 matplotlib lays out text as its script asks."""
    release = re.match(r"(\d+)\.(\d+)", matplotlib.__version__)
    return release is not None and (int(release[1]), int(release[2])) >= (3, 11)


def _letters_of_family(family: str) -> frozenset[str]:
    """What a family has both in common weight and in bold, which may be a file with fewer letters."""
    return letters_of(_file_of(family)) & letters_of(_file_of(family, "bold"))


@cache
def _file_of(family: str, weight: str = "normal") -> Path:
    return Path(findfont(FontProperties(family=[family], weight=weight)))
