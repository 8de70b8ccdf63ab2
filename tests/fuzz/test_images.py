"""Images, archives and folders of them: every one is read, or refused in one line that names it."""

from __future__ import annotations

import io
import os
import shutil
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import ESCAPES, fuzzed, mutated_bytes, or_refused
from hypothesis import example
from hypothesis import strategies as st
from PIL import Image

from encodenet_core.config import DatasetConfig
from encodenet_core.data.dataset import load_dataset
from encodenet_core.data.image_archive import read_archive
from encodenet_core.data.image_folder import read_folder
from encodenet_core.data.new_images import list_pictures, read_new_image
from encodenet_core.runs.picture import draw_rows
from encodenet_core.runs.picture_rows import read_picture

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM", "TIFF", "AVIF")
OTHERS = ("ICO", "EPS", "PDF", "TGA")


def picture(format: str, mode: str = "RGB", size: tuple[int, int] = (6, 5), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, 77).save(buffer, format, **options)
    return buffer.getvalue()


def lying() -> Image.Exif:
    """What a phone notes of a picture that was taken with it held upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "camera"
    return exif


PICTURES = [
    *(picture(format) for format in FORMATS),
    *(picture("PNG", mode) for mode in ("1", "L", "P", "LA", "I;16", "RGBA")),
    *(picture("TIFF", mode) for mode in ("L", "I;16", "F", "CMYK", "RGBA")),
    picture("TIFF", compression="tiff_deflate"),
    *(picture(format, exif=lying()) for format in ("PNG", "JPEG", "WEBP", "TIFF")),
]
STRANGERS = [picture(format) for format in OTHERS]


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that claims a size."""
    content = bytearray(picture("PNG"))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


@fuzzed(mutated_bytes(PICTURES), share=5)
@example(bomb(20_000, 20_000))
@example(bomb(9_500, 9_500))
@example(bomb(2**31 - 1, 2**31 - 1))
def test_a_picture_is_read_at_the_size_of_the_network_or_is_refused(place: Path, content: bytes) -> None:
    path = place / "picture.png"
    path.write_bytes(content)
    image = or_refused(read_new_image, path, (4, 4, 3))
    assert image is None or (image.shape == (4, 4, 3) and image.dtype == np.uint8)


@fuzzed(st.sampled_from(STRANGERS) | mutated_bytes(STRANGERS))
def test_a_picture_of_another_format_is_refused_whatever_its_name(place: Path, content: bytes) -> None:
    path = place / "picture.png"
    path.write_bytes(content)
    assert or_refused(read_new_image, path, (4, 4, 3)) is None
    assert or_refused(read_picture, path) is None


@cache
def rows_picture() -> bytes:
    buffer = Path(os.environ["ENCODENET_CACHE"]).parent / "rows.png"
    draw_rows({"input": np.zeros((2, 4, 4, 1)), "target": np.ones((2, 4, 4, 1))}, buffer)
    return buffer.read_bytes()


@fuzzed(st.data())
def test_a_picture_of_rows_is_taken_apart_or_is_refused(place: Path, data: st.DataObject) -> None:
    path = place / "rows.png"
    path.write_bytes(data.draw(mutated_bytes([rows_picture(), *PICTURES[:2]])))
    or_refused(read_picture, path)


def archive(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    labels = np.repeat(np.arange(2), 4)
    np.savez(buffer, **{"x_train": np.zeros((8, 3, 3), np.uint8), "y_train": labels, **arrays})
    return buffer.getvalue()


ARCHIVES = [
    archive(),
    archive(class_names=np.array(["ant", "bee"])),
    archive(x_test=np.ones((4, 3, 3)), y_test=np.array([0, 1, 0, 1])),
]


@fuzzed(mutated_bytes(ARCHIVES), share=2)
def test_an_archive_gives_images_or_is_refused(place: Path, content: bytes) -> None:
    path = place / "images.npz"
    path.write_bytes(content)
    or_refused(read_archive, path)


DESCRS = [
    "|u1",
    "<f8",
    "<f2",
    "<i8",
    "|b1",
    "<c16",
    "<U3",
    "<U0",
    "|S2",
    "|O",
    "<M8[s]",
    "|V4",
    "<U2000000000",
    ">i4",
]


@st.composite
def member(draw: st.DrawFn) -> bytes:
    """An `.npy` file whose header claims anything, true for once in a while."""
    shape = tuple(draw(st.lists(st.sampled_from([0, 1, 2, 3, 8, 2**31, 2**62, -1]), max_size=4)))
    descr = draw(st.sampled_from(DESCRS) | st.text(max_size=4))
    described = {"descr": descr, "fortran_order": draw(st.booleans()), "shape": shape}
    text = draw(st.just(repr(described)) | st.text(max_size=30) | st.just("(" * 500))
    header = text.encode("latin1", errors="replace") + b"\n"
    version = draw(st.sampled_from([b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x09"]))
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + draw(st.binary(max_size=80))


@fuzzed(
    st.dictionaries(st.sampled_from(["x_train", "y_train", "x_test", "class_names", "../x"]), member()),
    share=2,
)
def test_arrays_that_claim_anything_give_images_or_are_refused(place: Path, members: Any) -> None:
    path = place / "images.npz"
    path.write_bytes(ARCHIVES[0])
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(place / "claims.npz", "w") as claims:
        for name in {*(info.removesuffix(".npy") for info in good.namelist()), *members}:
            claims.writestr(f"{name}.npy", members.get(name) or good.read(f"{name}.npy"))
    or_refused(read_archive, place / "claims.npz")


LABELS = [0, 1, 2, -1, 10**12, 2**62]


@fuzzed(
    st.lists(st.sampled_from(LABELS), min_size=8, max_size=8),
    st.lists(st.text(max_size=5) | st.sampled_from([ESCAPES, "", "a" * 500]), min_size=1, max_size=3),
    st.sampled_from([0, 1, 0.5, -1, 300, np.nan, np.inf]),
)
def test_a_dataset_has_printable_names_or_is_refused(
    place: Path, labels: Any, names: Any, pixel: float
) -> None:
    path = place / "odd.npz"
    stored = np.array([name.encode("utf-8", errors="replace").decode() for name in names])
    np.savez(path, x_train=np.full((8, 3, 3), pixel), y_train=np.array(labels), class_names=stored)
    dataset = or_refused(load_dataset, DatasetConfig(source=str(path)), 0)
    assert dataset is None or all(name.isprintable() and name for name in dataset.class_names)


NAMES = st.sampled_from(
    [
        "a.png",
        "b.PNG",
        "c.jpg",
        "d.txt",
        ".e.png",
        "f\n.png",
        f"{ESCAPES}.png",
        "[red]x.png",
        "é.gif",
        "\udcff.png",
    ]
)
ENTRIES = [
    "picture",
    "picture",
    "picture",
    "broken",
    "bomb",
    "pipe",
    "folder",
    "inside",
    "outside",
    "loop",
    "dangling",
]


@st.composite
def tree(draw: st.DrawFn) -> list[tuple[str, str, str, bytes]]:
    """Entries of a folder of images: the class it is in, its name, what it is and what it holds."""
    classes = ["ant", "bee", "train/ant", "test/ant", "ant/inner", f"{ESCAPES}", "ant\n", "$x^2$", "<b>"]
    return [
        (
            draw(st.sampled_from(classes)),
            draw(NAMES),
            draw(st.sampled_from(ENTRIES)),
            draw(st.sampled_from(PICTURES)),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]


def plant(root: Path, entries: Any) -> None:  # noqa: C901 - a kind a line
    for number, (of_class, name, kind, content) in enumerate(entries):
        folder = root / of_class
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number}{name}"
        match kind:
            case "picture":
                path.write_bytes(content)
            case "broken":
                path.write_bytes(content[: len(content) // 2])
            case "bomb":
                path.write_bytes(bomb(20_000, 20_000))
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
            case "inside":
                path.symlink_to(root)
            case "outside":
                path.symlink_to("/etc/passwd")
            case "loop":
                path.symlink_to(path)
            case "dangling":
                path.symlink_to(folder / "absent.png")


@fuzzed(tree(), share=2)
def test_a_folder_of_images_is_read_inside_its_root_or_is_refused(place: Path, entries: Any) -> None:
    root = place / "tree"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    plant(root, entries)
    images = or_refused(read_folder, root)
    if images is not None:
        assert len(images.x_train) == len(images.y_train)
    or_refused(load_dataset, DatasetConfig(source=str(root)), 0)


@fuzzed(tree())
def test_pictures_below_a_folder_are_files_of_that_folder_alone(place: Path, entries: Any) -> None:
    root = place / "pictures"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    plant(root, entries)
    for path in or_refused(list_pictures, [root]) or []:
        assert path.is_file() and not path.is_symlink()
        assert Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
        or_refused(read_new_image, path, (4, 4, 1))
