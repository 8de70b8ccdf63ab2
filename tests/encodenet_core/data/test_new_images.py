from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.data.image_folder import read_folder
from encodenet_core.data.new_images import list_pictures, read_new_image
from encodenet_core.errors import DataError

NOISE = np.random.default_rng(3).integers(0, 256, (6, 8, 3)).astype(np.uint8)


def write(pixels: np.ndarray, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_of_the_right_size_is_read_as_training_reads_it(tmp_path: Path) -> None:
    path = write(NOISE, tmp_path / "tree" / "a" / "noise.png")
    write(NOISE, tmp_path / "tree" / "b" / "noise.png")
    np.testing.assert_array_equal(read_new_image(path, (6, 8, 3)), read_folder(tmp_path / "tree").x_train[0])


def test_another_size_is_resized_to_height_and_width(tmp_path: Path) -> None:
    halves = np.zeros((40, 80, 3), np.uint8)
    halves[:, 40:] = 200
    image = read_new_image(write(halves, tmp_path / "halves.png"), (10, 16, 3))
    assert image.shape == (10, 16, 3)
    assert (image[:, :7].max(), image[:, 9:].min()) == (0, 200)


@pytest.mark.parametrize(("pixels", "channels"), [(NOISE, 1), (NOISE[..., 0], 3), (NOISE[..., 0], 1)])
def test_grey_and_colour_become_what_the_network_takes(
    pixels: np.ndarray, channels: int, tmp_path: Path
) -> None:
    image = read_new_image(write(pixels, tmp_path / "noise.png"), (6, 8, channels))
    assert image.shape == (6, 8, channels)
    if pixels.ndim == 2:
        np.testing.assert_array_equal(image, np.repeat(pixels[..., None], channels, axis=-1))


def test_a_picture_of_16_bits_keeps_its_brightness(tmp_path: Path) -> None:
    path = write(np.full((6, 8), 257 * 100, np.uint16), tmp_path / "deep.png")
    assert np.unique(read_new_image(path, (6, 8, 1))).tolist() == [100]


@pytest.mark.parametrize("content", [b"", b"\x89PNG nothing", b"GIF89a"])
def test_an_unreadable_picture_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(
        DataError, match=r"^cannot read the image [^\n]*broken.png: [^\n]*replace or remove it$"
    ):
        read_new_image(tmp_path / "broken.png", (6, 8, 3))


def test_a_folder_gives_its_pictures_sorted_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.JPG", "a.png", ".hidden.png", ".folder/x.png"):
        write(NOISE, tmp_path / name)
    (tmp_path / "notes.txt").write_text("")
    os.symlink(tmp_path / "a.png", tmp_path / "link.png")
    listed = list_pictures([tmp_path / "b" / "2.png", tmp_path])
    assert [path.relative_to(tmp_path).as_posix() for path in listed] == [
        "b/2.png", "a.png", "b/1.JPG", "b/2.png",
    ]  # fmt: skip


def test_a_place_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file or folder .*absent; give pictures"):
        list_pictures([tmp_path / "absent"])
    with pytest.raises(DataError, match="holds no pictures; expected are .avif .bmp"):
        list_pictures([tmp_path])
