"""What is read from a folder of images, what is never followed, and what is said of unusable ones."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.data.image_folder import read_folder
from encodenet_core.data.resizing import WantedImages
from encodenet_core.errors import DataError
from encodenet_core.io.machine import memory_of_this_machine

RGB = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
GREY = RGB[..., 0]


def save(path: Path, pixels: np.ndarray = RGB) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two classes of two images."""
    root = tmp_path / "pets"
    for name in ("dog/1.png", "dog/2.png", "cat/1.png", "cat/2.png"):
        save(root / name)
    return root


def refusal(root: Path) -> str:
    """The one line in which a folder is refused."""
    with pytest.raises(DataError) as raised:
        read_folder(root)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_classes_are_the_subfolders_in_order(tree: Path) -> None:
    raw = read_folder(tree)
    assert raw.class_names == ("cat", "dog")
    assert raw.y_train.tolist() == [0, 0, 1, 1]
    assert raw.x_test is None
    assert np.array_equal(raw.x_train, np.stack([RGB] * 4))


def test_train_and_test_folders_become_training_and_test_set(tmp_path: Path) -> None:
    for part, names in {"train": "abc", "test": "de"}.items():
        for name in names:
            save(tmp_path / part / "cat" / f"{name}.png", np.full((2, 2, 3), ord(name), np.uint8))
            save(tmp_path / part / "dog" / f"{name}.png", np.full((2, 2, 3), ord(name) + 100, np.uint8))
    raw = read_folder(tmp_path)
    assert raw.x_test is not None and raw.y_test is not None
    assert raw.x_train[:, 0, 0, 0].tolist() == [97, 98, 99, 197, 198, 199]
    assert raw.y_train.tolist() == [0, 0, 0, 1, 1, 1]
    assert raw.x_test[:, 0, 0, 0].tolist() == [100, 101, 200, 201]
    assert raw.y_test.tolist() == [0, 0, 1, 1]


def test_train_alone_has_no_test_set(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    tree.rename(tmp_path / "root" / "train")
    assert read_folder(tmp_path / "root").x_test is None


def test_train_can_be_a_class_among_others(tree: Path) -> None:
    save(tree / "train" / "1.png")
    assert read_folder(tree).class_names == ("cat", "dog", "train")


@pytest.mark.parametrize(
    "extension", ["png", "jpg", "jpeg", "bmp", "gif", "webp", "ppm", "tif", "tiff", "avif", "PNG"]
)
def test_every_extension_is_read(tmp_path: Path, extension: str) -> None:
    save(tmp_path / "cat" / f"1.{extension}")
    assert read_folder(tmp_path).x_train.shape == (1, 4, 5, 3)


def test_hidden_files_and_other_extensions_are_ignored(tree: Path) -> None:
    save(tree / "cat" / ".hidden.png")
    save(tree / ".hidden" / "1.png")
    (tree / "cat" / "notes.txt").write_text("no image")
    (tree / "notes.txt").write_text("no image")
    (tree / "cat" / "folder.png").mkdir()
    os.mkfifo(tree / "cat" / "pipe.png")
    assert len(read_folder(tree).x_train) == 4


def test_grey_images_keep_one_channel(tmp_path: Path) -> None:
    save(tmp_path / "cat" / "1.png", GREY)
    save(tmp_path / "cat" / "2.png", GREY.astype(np.uint16) * 257)
    save(tmp_path / "cat" / "3.png", GREY > 127)
    images = read_folder(tmp_path).x_train
    assert images.shape == (3, 4, 5, 1)
    assert np.array_equal(images[0, ..., 0], GREY)
    assert np.array_equal(images[1, ..., 0], GREY)
    assert np.array_equal(images[2, ..., 0], np.where(GREY > 127, 255, 0))


def test_one_coloured_image_makes_all_of_them_rgb(tmp_path: Path) -> None:
    save(tmp_path / "cat" / "1.png", GREY)
    save(tmp_path / "cat" / "2.png", RGB)
    images = read_folder(tmp_path).x_train
    assert np.array_equal(images, [np.stack([GREY] * 3, axis=-1), RGB])


def test_a_palette_with_transparency_is_read_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    palette = Image.fromarray(RGB).convert("P", palette=Image.Palette.ADAPTIVE)
    palette.save(tmp_path / "cat" / "1.png", transparency=bytes(range(20)))
    assert read_folder(tmp_path).x_train.shape == (1, 4, 5, 3)


def test_links_inside_the_folder_are_followed(tree: Path) -> None:
    (tree / "cat" / "3.png").symlink_to(tree / "dog" / "1.png")
    assert len(read_folder(tree).x_train) == 5


def test_the_folder_itself_can_be_a_link(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    assert len(read_folder(tmp_path / "link").x_train) == 4


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("cat/3.png", "outside/1.png"),
        ("cat/3.png", "nowhere.png"),
        ("cat/3.png", "pets/cat/3.png"),
        ("cow", "outside"),
        ("cow", "."),
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(tree: Path, tmp_path: Path, link: str, target: str) -> None:
    save(tmp_path / "outside" / "1.png")
    (tree / link).symlink_to(tmp_path / target)
    assert f"{tree / link} is a link that leads out of {tree} or nowhere" in refusal(tree)


@pytest.mark.parametrize("size", [(4, 4), (2, 8)])
def test_photos_of_mixed_sizes_are_brought_to_the_wanted_one(size: tuple[int, int], tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    shapes = [(40, 60, 3), (60, 40, 3), (4, 4, 3), (33, 17)]
    for number, shape in enumerate(shapes):
        save(
            tmp_path / "cat" / f"{number}.{'jpg' if number < 2 else 'png'}",
            rng.integers(0, 256, shape, np.uint8),
        )
    assert read_folder(tmp_path, WantedImages(size)).x_train.shape == (4, *size, 3)


def test_many_photos_are_read_in_their_order(tmp_path: Path) -> None:
    for number in range(300):
        save(tmp_path / "cat" / f"{number:03}.png", np.full((2, 2), number % 256, np.uint8))
    assert read_folder(tmp_path).x_train[:, 0, 0, 0].tolist() == [number % 256 for number in range(300)]


def test_a_photo_held_upright_has_the_size_that_a_person_sees(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "cat" / "1.png")
    Image.fromarray(np.rot90(RGB)).save(tmp_path / "cat" / "2.png", exif=exif)
    images = read_folder(tmp_path).x_train
    np.testing.assert_array_equal(images[1], images[0])


def test_an_image_of_another_size_is_named(tree: Path) -> None:
    odd = save(tree / "dog" / "3.png", RGB[:3])
    assert f"{odd} is 5x3, but 5x4 is expected" in refusal(tree)


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_a_file_that_is_no_image_is_named(tree: Path, content: bytes) -> None:
    (tree / "cat" / "3.png").write_bytes(content)
    assert f"cannot read the image {tree / 'cat' / '3.png'}" in refusal(tree)


def test_a_truncated_image_is_named(tree: Path) -> None:
    path = save(tree / "cat" / "0.png", np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:-500])
    assert f"cannot read the image {path}" in refusal(tree)


@pytest.mark.parametrize("pixels_allowed", [15, 5])
def test_an_image_with_far_too_many_pixels_is_named(
    tree: Path, monkeypatch: pytest.MonkeyPatch, pixels_allowed: int
) -> None:
    monkeypatch.setattr(
        Image, "MAX_IMAGE_PIXELS", pixels_allowed
    )  # twice as many are an error, else a warning
    assert "decompression bomb" in refusal(tree)


@pytest.mark.parametrize("empty", ["", "cow", "train/cow"])
def test_a_folder_without_images_is_named(tmp_path: Path, empty: str) -> None:
    (tmp_path / empty).mkdir(parents=True, exist_ok=True)
    assert f"{tmp_path / empty} holds no images; expected are" in refusal(tmp_path)


def test_a_class_of_only_one_part_is_named(tmp_path: Path) -> None:
    for name in ("train/cat", "train/dog", "test/cat"):
        save(tmp_path / name / "1.png")
    assert re.search(r"the class 'dog' is in only one of train and test", refusal(tmp_path))


def test_colour_after_grey_makes_all_of_them_rgb(tmp_path: Path) -> None:
    for name, pixels in {"1": GREY, "2": GREY // 2, "3": RGB, "4": GREY}.items():
        save(tmp_path / "cat" / f"{name}.png", pixels)
    images = read_folder(tmp_path).x_train
    assert np.array_equal(images[:2], np.stack([GREY, GREY // 2])[..., np.newaxis].repeat(3, axis=-1))
    assert np.array_equal(images[2], RGB)


def test_a_folder_that_unpacks_to_more_than_the_memory_is_refused_by_its_first_image(tmp_path: Path) -> None:
    first = save(tmp_path / "cat" / "first.png", np.zeros((8000, 8000), np.uint8))
    assert first.stat().st_size < 100_000
    n_images = memory_of_this_machine() // 8000**2 + 2
    for number in range(n_images - 1):
        os.link(first, tmp_path / "cat" / f"{number:05}.png")
    said = refusal(tmp_path)
    assert f"{n_images} images like" in said and "of memory; give fewer or smaller ones" in said


def test_colour_after_grey_is_refused_where_all_in_colour_are_more_than_the_memory(tmp_path: Path) -> None:
    side = 8000
    grey = save(tmp_path / "cat" / "0-grey.png", np.zeros((side, side), np.uint8))
    save(tmp_path / "cat" / "1-colour.png", np.zeros((side, side, 3), np.uint8))
    n_links = memory_of_this_machine() // (2 * side**2) - 2  # half of the memory, as long as all are grey
    for number in range(n_links):
        os.link(grey, tmp_path / "cat" / f"2-{number:05}.png")
    assert f"{n_links + 2} images like" in refusal(tmp_path)
