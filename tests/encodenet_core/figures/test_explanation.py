from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.font_manager import fontManager
from PIL import Image

from encodenet_core.figures.explanation import TILE, draw_explanation
from encodenet_core.runs.explanation import Explanation
from encodenet_core.runs.prediction import Prediction

CLASSES = ("cat", "<b>dog</b> [red]$x$" * 9, "žába\x1b[31m\n蛙")


def draw(path: Path, shape: tuple[int, int, int], label: int = 0, nearest: int = 0) -> np.ndarray:
    pixels = [np.full(shape, level, np.uint8) for level in (10, 250)]
    explanation = Explanation(pixels[0], np.full(shape, 0.5, np.float32), pixels[1], 0.1, nearest)
    prediction = Prediction(label, ((CLASSES[label], 0.75), ("horse", 0.25)), 0.5)
    draw_explanation("it.jpg", prediction, explanation, CLASSES, path)
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture)


@pytest.mark.parametrize("shape", [(8, 8, 1), (32, 32, 3), (10, 30, 3), (200, 170, 3)])
def test_image_conversion_and_representative_lie_side_by_side(
    shape: tuple[int, int, int], tmp_path: Path
) -> None:
    picture = draw(tmp_path / "new" / "picture.png", shape)
    scale = max(1, TILE // max(shape[:2]))
    area = shape[0] * shape[1] * scale**2
    for level in (10, 128, 250):
        assert (picture == level).all(axis=-1).sum() >= area


@pytest.mark.parametrize("label", [1, 2])
def test_a_long_or_strange_class_name_is_drawn_as_text_inside_the_picture(label: int, tmp_path: Path) -> None:
    plain = draw(tmp_path / "plain.png", (8, 8, 1))
    strange = draw(tmp_path / "strange.png", (8, 8, 1), label, nearest=2)
    assert strange.shape == plain.shape
    assert (strange[:, -8:] == 255).all()
    assert (strange != plain).any()


def test_names_that_no_font_has_are_drawn_by_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = [font for font in fontManager.ttflist if font.fname.startswith(mpl.get_data_path())]
    monkeypatch.setattr(fontManager, "ttflist", fonts)
    pixels = [np.full((8, 8, 1), level, np.uint8) for level in (10, 250)]
    explanation = Explanation(pixels[0], np.full((8, 8, 1), 0.5, np.float32), pixels[1], 0.1, 1)
    drawn = []
    for names in (("猫", "犬"), ("class 0", "class 1")):
        prediction = Prediction(0, ((names[0], 0.75), (names[1], 0.25)), 0.5)
        draw_explanation("it.jpg", prediction, explanation, names, tmp_path / "it.png")
        drawn.append((tmp_path / "it.png").read_bytes())
    assert drawn[0] == drawn[1]


def test_a_disagreement_is_told(tmp_path: Path) -> None:
    agreeing, disagreeing = (
        draw(tmp_path / f"{nearest}.png", (8, 8, 1), nearest=nearest) for nearest in (0, 2)
    )
    assert (agreeing != disagreeing).any()
