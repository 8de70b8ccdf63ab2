"""Pictures come out as a person would see them, asserted on pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.data.pictures import plain_picture, upright_size
from encodenet_core.data.pixels import of_picture

RGB = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
GREY = RGB[..., 0]

TURNED = {
    1: RGB,
    2: RGB[:, ::-1],
    3: RGB[::-1, ::-1],
    4: RGB[::-1],
    5: RGB.transpose(1, 0, 2),
    6: np.rot90(RGB, -1),
    7: RGB[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(RGB),
}
"""What each orientation of EXIF means."""


def seen(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        size = upright_size(image)
        pixels = of_picture(plain_picture(image))
    assert pixels.shape[1::-1] == size
    return pixels


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_picture_is_turned_as_its_exif_data_say(orientation: int, suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(RGB).save(tmp_path / f"phone.{suffix}", exif=exif)
    np.testing.assert_array_equal(seen(tmp_path / f"phone.{suffix}"), TURNED[orientation])


@pytest.mark.parametrize("white", [255, 4095, 65535])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_grey_of_16_bits_is_as_bright_as_its_camera_saw_it(white: int, suffix: str, tmp_path: Path) -> None:
    values = np.array([[0, white // 2, white]], np.uint16)
    Image.fromarray(values).save(tmp_path / f"deep.{suffix}")
    assert seen(tmp_path / f"deep.{suffix}")[..., 0].tolist() == [[0, 127, 255]]


@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_grey_in_floats_may_end_at_1_or_at_255(scale: float, tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 0.5, 1]], np.float32) * np.float32(scale)).save(tmp_path / "float.tif")
    assert seen(tmp_path / "float.tif")[0, [0, 2], 0].tolist() == [0, 255]


@pytest.mark.parametrize("value", [-1.0, 256.0, np.nan, np.inf])
def test_other_floats_are_no_pixels(value: float, tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 1, value]], np.float32)).save(tmp_path / "float.tif")
    with Image.open(tmp_path / "float.tif") as image, pytest.raises(ValueError, match="not in 0..1"):
        plain_picture(image)


def test_what_is_transparent_shows_white(tmp_path: Path) -> None:
    pixels = np.dstack([RGB, np.full(RGB.shape[:2], 255, np.uint8)])
    pixels[0, :3, 3] = 0, 128, 255
    Image.fromarray(pixels).save(tmp_path / "sticker.png")
    shown = seen(tmp_path / "sticker.png")
    assert shown[0, 0].tolist() == [255, 255, 255]
    half = RGB[0, 1].astype(float) * 128 / 255 + 255 * 127 / 255
    np.testing.assert_allclose(shown[0, 1], half, atol=1)
    np.testing.assert_array_equal(shown[1:], RGB[1:])


def test_a_transparent_colour_of_a_palette_shows_white(tmp_path: Path) -> None:
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "icon.png", transparency=0)
    assert seen(tmp_path / "icon.png").tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_grey_with_transparency_shows_white_too(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[7, 255], [7, 0]]], np.uint8), "LA").save(tmp_path / "grey.png")
    assert seen(tmp_path / "grey.png").tolist() == [[[7, 7, 7], [255, 255, 255]]]


def test_inks_become_the_colours_that_they_print(tmp_path: Path) -> None:
    Image.fromarray(RGB).convert("CMYK").save(tmp_path / "print.tif")
    np.testing.assert_allclose(seen(tmp_path / "print.tif"), RGB, atol=2)


@pytest.mark.parametrize("suffix", ["gif", "webp", "tif"])
def test_of_several_frames_it_is_the_first(suffix: str, tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((4, 4, 3), level, np.uint8)) for level in (40, 200)]
    frames[0].save(tmp_path / f"moving.{suffix}", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(seen(tmp_path / f"moving.{suffix}"), 40, atol=3)


def test_grey_stays_one_channel(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(seen(tmp_path / "grey.png")[..., 0], GREY)
