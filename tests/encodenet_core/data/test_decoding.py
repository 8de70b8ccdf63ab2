"""Pictures of files and of bytes become the same array, in the order in which they are listed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.data.decoding import LabelledPictures, read_pictures
from encodenet_core.data.pictures import Picture, PictureBytes
from encodenet_core.data.resizing import AS_THEY_ARE, WantedImages
from encodenet_core.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), np.uint8)


def encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_bytes_give_the_same_images_as_a_file_of_them(tmp_path: Path) -> None:
    content = encoded(PIXELS[0])
    (tmp_path / "a.png").write_bytes(content)
    for wanted in (AS_THEY_ARE, WantedImages((2, 2), "pad", "grey")):
        listed = [tmp_path / "a.png", PictureBytes("row 1 of a table", content)]
        images = read_pictures(LabelledPictures(listed, {"train": labels(0, 1)}, ("a", "b")), wanted).x_train
        assert np.array_equal(images[0], images[1])


def test_pictures_are_taken_once_and_shared_out_over_the_parts() -> None:
    def pictures() -> Iterator[Picture]:
        yield from (PictureBytes(str(number), encoded(PIXELS[number % 3])) for number in range(600))

    parts = {"train": labels(*[0, 1] * 200), "test": labels(*[1] * 100), "validation": labels(*[0] * 100)}
    told = list[tuple[int, int]]()
    listed = LabelledPictures(pictures(), parts, ("a", "b"))
    raw = read_pictures(listed, AS_THEY_ARE, lambda *progress: told.append(progress))
    assert np.array_equal(raw.x_train, PIXELS[np.arange(400) % 3])
    assert raw.x_test is not None and np.array_equal(raw.x_test, PIXELS[np.arange(400, 500) % 3])
    assert raw.x_validation is not None
    assert np.array_equal(raw.x_validation, PIXELS[np.arange(500, 600) % 3])
    assert raw.y_test is not None and raw.y_test.tolist() == [1] * 100
    assert told == [(1, 600), (257, 600), (513, 600), (600, 600)]


def test_a_picture_of_bytes_that_is_none_is_refused_by_its_name() -> None:
    listed = [PictureBytes("row 7 of pets.parquet", b"no picture")]
    with pytest.raises(DataError, match=re.escape("cannot read the image row 7 of pets.parquet: ")) as raised:
        read_pictures(LabelledPictures(listed, {"train": labels(0)}, ("a", "b")), AS_THEY_ARE)
    assert "\n" not in str(raised.value)
