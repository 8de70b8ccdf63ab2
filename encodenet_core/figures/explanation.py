"""An explanation as a picture: the image, its conversion, and the representative that it should resemble."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, features

from encodenet_core.data.pixels import tile_of
from encodenet_core.errors import printable
from encodenet_core.figures.lettering import first_file, font_file_for, is_joined, letters_of, numbered
from encodenet_core.io.whole_files import write_whole
from encodenet_core.runs.explanation import Explanation
from encodenet_core.runs.prediction import Prediction

TILE = 168
"""The longer side of a shown image, in pixels; a larger image is shown as it is."""

_GAP = 16
_LINE = 19
_TITLE_SIZE, _TEXT_SIZE = 16, 12
_INK, _GREY = "#1A1A1A", "#595959"


def draw_explanation(
    name: str, prediction: Prediction, explanation: Explanation, class_names: Sequence[str], path: Path
) -> None:
    """Write one PNG file.

    Args:
        name: of the image, for the title.
        prediction: what EncodeNet says of it.
        explanation: what the converting autoencoder makes of it.
        class_names: in the order of the labels; those that no font here can write are drawn as numbers.
        path: of the file.
    """
    drawn = {name: _drawn_name(name, label) for label, name in enumerate(class_names)}
    class_name = drawn[prediction.class_name]
    shown = [
        (explanation.image, ("the image", "as the network sees it")),
        (explanation.conversion, ("what the converting", "autoencoder makes of it")),
        (explanation.representative, ("what it should resemble:", f"representative of {class_name}")),
    ]
    nearest = drawn[class_names[explanation.nearest_label]]
    agreement = "as predicted" if nearest == class_name else f"not of {class_name}"
    others = ", ".join(f"{drawn.get(name, name)} ({share:.1%})" for name, share in prediction.top[1:])
    lines = [
        f"Then {others}." if others else "",
        f"Entropy {prediction.entropy:.3f} nats; mse between conversion and target {explanation.mse:.4f}.",
        f"The conversion is nearest to a representative of {nearest}, {agreement}.",
    ]
    heading = f"{name}: {class_name} ({prediction.probability:.1%})"
    picture = _compose(heading, lines, shown)
    write_whole(path, lambda temporary: picture.save(temporary, format="PNG"))


def _compose(heading: str, lines: Sequence[str], shown: Sequence[tuple[Any, tuple[str, str]]]) -> Image.Image:
    height, width = shown[0][0].shape[:2]
    scale = max(1, TILE // max(height, width))
    size = (width * scale, height * scale)
    column = max(size[0], TILE) + _GAP
    top = _GAP + _LINE * (len(lines) + 1) + _GAP
    picture = Image.new("RGB", (_GAP + column * len(shown), top + size[1] + 2 * _LINE + _GAP), "white")
    pen = ImageDraw.Draw(picture)
    room = picture.width - 2 * _GAP
    _write(pen, (_GAP, _GAP), heading, (room, _TITLE_SIZE, _INK))
    for number, line in enumerate(lines):
        _write(pen, (_GAP, _GAP + 5 + _LINE * (number + 1)), line, (room, _TEXT_SIZE, _GREY))
    for position, (image, caption) in enumerate(shown):
        left = _GAP + position * column
        picture.paste(tile_of(image).resize(size, Image.Resampling.NEAREST), (left, top))
        for number, line in enumerate(caption):
            colour = _GREY if number == 0 or position < 2 else _INK
            place = (left, top + size[1] + 4 + number * _LINE)
            _write(pen, place, line, (column - _GAP, _TEXT_SIZE, colour))
    return picture


def _write(pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str, look: tuple[int, int, str]) -> None:
    """Write one line, shortened to the room that there is."""
    room, size, colour = look
    file, line = _lettered(printable(text))
    font = ImageFont.truetype(file, size)
    shortened = line
    while shortened and pen.textlength(shortened, font=font) > room:
        line = line[:-1]
        shortened = f"{line}…"
    pen.text(place, shortened, fill=colour, font=font)


def _lettered(line: str) -> tuple[Path, str]:
    """The file of a font, and what it writes: the line, or numbers for letters that no one font here has."""
    if file := _font_for(line):
        return file, line
    known = letters_of(first_file())
    return first_file(), "".join(
        each if each in known and not is_joined(each) else numbered(each) for each in line
    )


def _font_for(text: str) -> Path | None:
    """A font that writes a text as its script asks."""
    return font_file_for(text) if features.check("raqm") or not is_joined(text) else None


def _drawn_name(name: str, label: int) -> str:
    return name if _font_for(printable(name)) else f"class {label}"
