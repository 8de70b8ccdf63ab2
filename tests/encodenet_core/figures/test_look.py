from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

from encodenet_core.figures.look import DARK, LIGHT, house_style, plain, save_page
from encodenet_core.figures.page import open_page


def drawn(path: Path) -> Path:
    with house_style():
        page = open_page(401, 303, "Title", "and more")
        page.add_subplot().plot([1, 3, 2])
        save_page(page, path)
    return path


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_page_is_the_same_bytes_whatever_matplotlib_is_set_to(kind: str, tmp_path: Path) -> None:
    first = drawn(tmp_path / f"first.{kind}").read_bytes()
    with mpl.rc_context({"font.size": 30, "savefig.bbox": "tight", "svg.hashsalt": "other"}):
        assert drawn(tmp_path / f"second.{kind}").read_bytes() == first
        assert mpl.rcParams["font.size"] == 30
    assert b"matplotlib.org" not in first


def test_class_names_are_one_short_line_without_formulas(tmp_path: Path) -> None:
    assert plain("cost $a$\n of  b") == r"cost \$a\$ of b"
    assert plain("abcdefgh", 5) == "abcd…"
    assert plain("abcde", 5) == "abcde"
    with house_style(names=["飞机 $x"]):  # boxes would be an error
        save_page(open_page(400, 200, plain("飞机 $x"), ""), tmp_path / "page.png")


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_the_paper(colours: object) -> None:
    *marks, ink, grey, _, paper = map(luminance, astuple(colours))  # type: ignore[call-overload]

    def contrast(one: float) -> float:
        return (max(one, paper) + 0.05) / (min(one, paper) + 0.05)

    assert min(contrast(ink), contrast(grey)) >= 4.5
    assert min(map(contrast, marks)) >= 3


def test_a_dark_page_is_drawn_on_dark_paper(tmp_path: Path) -> None:
    with house_style(DARK):
        save_page(open_page(400, 200, "", ""), tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as picture:
        assert picture.convert("RGB").getpixel((1, 1)) == (0x15, 0x18, 0x1C)
