from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.screen import Screen
from textual_image.widget import HalfcellImage, UnicodeImage

from decoder_search.views.browser.pictures import TILE_LINES, ImageChoice, Pictures, image_kind
from encodenet_core.runs.picture import draw_rows

TextOf = Callable[[Pilot[Any]], str]


class OnePicture(Screen[None]):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def compose(self) -> Any:
        yield Pictures(self.path)


@pytest.mark.parametrize(("width", "n_images"), [(80, 4), (51, 3), (40, 2), (20, 1), (5, 1)])
def test_as_many_images_of_each_row_as_fit_are_drawn(
    width: int, n_images: int, study_folder: Path, play: Callable[..., Any], text_of: TextOf
) -> None:
    screen = OnePicture(study_folder / "trials" / "0" / "reconstructions.png")

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        rows = [list(row.query(HalfcellImage)) for row in screen.query(Horizontal)]
        assert [sum(image.size.width + 1 for image in row) for row in rows] == [n_images * 17] * 3
        if width >= 40:
            lines = text_of(pilot).splitlines()
            names = [line for line in lines if line and "▀" not in line]
            assert names == ["pictures", "input", "reconstruction", "representative, what it should be"]
            assert sum("▀" in line for line in lines) == 3 * TILE_LINES

    play([screen], steps, size=(width, 40))


def test_no_piece_of_a_row_is_wider_than_the_1000_pixels_of_xterm_at_20_a_cell(
    study_folder: Path, play: Callable[..., Any]
) -> None:
    screen = OnePicture(study_folder / "trials" / "0" / "reconstructions.png")

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        widths = [image.size.width for image in screen.query(HalfcellImage)]
        assert len(widths) > 3
        assert 20 * max(widths) <= 1000

    play([screen], steps, size=(160, 40))


def test_an_image_has_its_own_colours(tmp_path: Path, play: Callable[..., Any]) -> None:
    red = np.full((1, 8, 8, 3), (255, 0, 0), np.uint8)
    draw_rows({"input": red}, tmp_path / "red.png")
    screen = OnePicture(tmp_path / "red.png")

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        strips = screen._compositor.render_strips(pilot.app.size)
        found = [segment for strip in strips for segment in strip if "▀" in segment.text]
        assert {(segment.style.color.triplet, segment.style.bgcolor.triplet) for segment in found} == {  # type: ignore[union-attr]
            ((255, 0, 0), (255, 0, 0))
        }

    play([screen], steps)


def test_a_picture_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, play: Callable[..., Any], text_of: TextOf
) -> None:
    path = tmp_path / "[b]broken.png"
    path.write_bytes(b"no picture")

    async def steps(pilot: Pilot[Any]) -> None:
        shown = " ".join(text_of(pilot).split())
        assert "[b]broken.png: it is no picture" in shown

    play([OnePicture(path)], steps, size=(300, 20))


def test_no_picture_is_nothing(tmp_path: Path, play: Callable[..., Any], text_of: TextOf) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        assert text_of(pilot).strip() == ""

    play([OnePicture(tmp_path / "absent.png")], steps)


@pytest.mark.parametrize("choice", get_args(ImageChoice))
def test_where_no_terminal_can_be_asked_images_are_half_blocks(choice: ImageChoice) -> None:
    assert image_kind(choice, no_color=False) is HalfcellImage


def test_without_colour_images_are_blocks_of_different_density(
    study_folder: Path, play: Callable[..., Any], text_of: TextOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert image_kind("auto", no_color=True) is UnicodeImage
    screen = OnePicture(study_folder / "trials" / "0" / "reconstructions.png")

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        assert {"░", "▒", "▓", "█"} <= set(text_of(pilot))

    play([screen], steps, size=(80, 40))
