"""Names in every script are drawn, written as numbers where no font has their letters, and never boxes.

A box is a warning of matplotlib's, and warnings are errors here. The fonts are those that come with
matplotlib, whatever else this machine has; one of them has a box for every character, and counts for nothing.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.font_manager import fontManager

from encodenet_core.figures.lettering import (
    FIRST,
    cell_width,
    families_for,
    first_file,
    font_file_for,
    is_joined,
    lettered,
    letters_of,
)
from encodenet_core.figures.look import class_name, house_style, names_not_drawn, save_page
from encodenet_core.figures.page import open_page

CHINESE, JAPANESE, ARABIC, GREEK = "飞机", "ねこ", "قطة", "γάτα"


@pytest.fixture(autouse=True)
def bundled_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    home = mpl.get_data_path()
    fonts = [font for font in fontManager.ttflist if font.fname.startswith(home)]
    monkeypatch.setattr(fontManager, "ttflist", fonts)


@pytest.fixture
def rare() -> str:
    """A letter that the first font lacks and another that comes with matplotlib has."""
    known = letters_of(Path(mpl.get_data_path(), "fonts/ttf/STIXGeneral.ttf"))
    bold = letters_of(Path(mpl.get_data_path(), "fonts/ttf/STIXGeneralBol.ttf"))
    return min(each for each in (known & bold) - letters_of(first_file()) if each.isalpha())


def draw(text: str, folder: Path) -> bytes:
    save_page(open_page(400, 200, text, ""), folder / "page.png")
    return (folder / "page.png").read_bytes()


def test_letters_that_the_first_font_lacks_come_from_another(rare: str, tmp_path: Path) -> None:
    name = f"{GREEK} {rare}"
    assert families_for([GREEK]) == [FIRST]
    first, another = families_for([name])
    assert (first, rare in letters_of(first_file())) == (FIRST, False)
    with house_style(names=[name]):
        assert mpl.rcParams["font.family"] == [FIRST, another]
        assert lettered(name) == name
        assert draw(name, tmp_path) != draw(GREEK, tmp_path)


@pytest.mark.parametrize("name", [CHINESE, JAPANESE])
def test_letters_that_no_font_has_are_written_as_numbers(name: str, tmp_path: Path) -> None:
    assert families_for([name]) == [FIRST]
    with house_style(names=[name]):
        numbers = "".join(f"U+{ord(each):04X}" for each in name)
        assert lettered(f"{name} 1") == f"{numbers} 1"
        assert class_name(["dog", name], 1) == "class 1"
        assert draw(lettered(name), tmp_path)
        with pytest.raises(UserWarning, match="missing from font"):  # what would be a box
            draw(name, tmp_path)


@pytest.mark.parametrize(("version", "drawn"), [("3.10.8", "class 0"), ("3.11.0", ARABIC), ("4.0", ARABIC)])
def test_letters_that_join_are_drawn_by_what_joins_them_alone(
    version: str, drawn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mpl, "__version__", version)
    with house_style(names=[ARABIC]):
        assert class_name([ARABIC, GREEK], 0) == drawn
        assert class_name([ARABIC, GREEK], 1) == GREEK


def test_scripts_that_join_letters_are_known() -> None:
    assert [text for text in (CHINESE, JAPANESE, GREEK, "Straße", "café") if is_joined(text)] == []
    assert [text for text in (ARABIC, "חתול", "बिल्ली", "แมว") if not is_joined(text)] == []


def test_names_that_figures_number_are_told() -> None:
    assert names_not_drawn([GREEK, CHINESE, "dog"]) == [f"class 1: {CHINESE}"]
    assert names_not_drawn(["cat", "dog"]) == []


def test_one_font_is_found_for_a_line_where_there_is_one(rare: str) -> None:
    assert font_file_for(GREEK) == first_file()
    found = font_file_for(f"a {rare}")
    assert found is not None and rare in letters_of(found)
    assert font_file_for(CHINESE) is None


def test_a_file_that_is_no_font_has_no_letters(tmp_path: Path) -> None:
    (tmp_path / "font.ttf").write_bytes(b"none")
    assert letters_of(tmp_path / "font.ttf") == frozenset()


def test_characters_of_east_asia_are_wider() -> None:
    assert (cell_width("ab"), cell_width(CHINESE)) == (2, 3)
