from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.errors import DataError
from encodenet_core.runs.picture import draw_rows
from encodenet_core.runs.picture_rows import read_picture


def test_what_was_drawn_is_read_again(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), np.uint8)
    draw_rows({"input": images, "target": images[::-1]}, tmp_path / "rows.png")
    rows = read_picture(tmp_path / "rows.png")
    assert list(rows) == ["input", "target"]
    for name, wanted in (("input", images), ("target", images[::-1])):
        read = [np.asarray(image.resize((6, 4), Image.Resampling.NEAREST)) for image in rows[name]]
        np.testing.assert_array_equal(read, wanted)


def test_a_picture_that_does_not_say_what_is_in_it_is_refused(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), np.uint8)
    draw_rows({"input": images, "reconstruction": images, "target": images}, tmp_path / "rows.png")
    with Image.open(tmp_path / "rows.png") as picture:
        bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    bare.save(tmp_path / "bare.png")
    with pytest.raises(DataError, match="labelled rows .it does not say what it shows.; look at the file"):
        read_picture(tmp_path / "bare.png")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "it is no picture"), (b"no picture", "it is no picture"), (None, "No such file or directory")],
)
def test_a_file_that_is_no_picture_is_refused(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "rows.png").write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_picture(tmp_path / "rows.png")


def test_a_picture_without_labelled_rows_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (300, 300)).save(tmp_path / "other.png")
    with pytest.raises(DataError, match="is no picture of labelled rows"):
        read_picture(tmp_path / "other.png")


def test_a_picture_cut_short_is_refused_unless_all_its_pixels_are_there(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1), np.uint8)
    draw_rows({"input": images}, tmp_path / "rows.png")
    whole, wanted = (tmp_path / "rows.png").read_bytes(), read_picture(tmp_path / "rows.png")
    refused = 0
    for end in range(0, len(whole), 7):
        (tmp_path / "rows.png").write_bytes(whole[:end])
        try:
            assert read_picture(tmp_path / "rows.png")["input"] == wanted["input"]
        except DataError:
            refused += 1
    assert refused > len(whole) / 7 - 10
