from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from encodenet_core.data.picture_sizes import have_size
from encodenet_core.errors import DataError


def save_pictures(folder: Path, *sizes: tuple[int, int], turned: bool = False) -> None:
    for number, size in enumerate(sizes):
        place = folder / f"class{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", size)
        exif = picture.getexif()
        if turned:
            exif[0x0112] = 6
        picture.save(place / f"{number}.jpg", exif=exif)


def test_all_pictures_of_all_splits_count(tmp_path: Path) -> None:
    for split in ("train", "test"):
        save_pictures(tmp_path / split, (12, 8), (12, 8))
    assert have_size(tmp_path, height=8, width=12)
    assert not have_size(tmp_path, height=12, width=8)
    save_pictures(tmp_path / "test", (12, 8), (12, 9))
    assert not have_size(tmp_path, height=8, width=12)


def test_a_picture_counts_as_a_person_sees_it(tmp_path: Path) -> None:
    save_pictures(tmp_path, (12, 8), (12, 8), turned=True)
    assert have_size(tmp_path, height=12, width=8)


def test_the_search_ends_at_the_first_other_size(tmp_path: Path) -> None:
    save_pictures(tmp_path, (12, 8), (12, 8))
    (tmp_path / "class1" / "z.png").write_bytes(b"nothing")
    assert not have_size(tmp_path, height=5, width=5)
    with pytest.raises(DataError, match=r"cannot read the image .*z.png"):
        have_size(tmp_path, height=8, width=12)


def test_a_table_names_its_pictures(tmp_path: Path) -> None:
    save_pictures(tmp_path, (12, 8), (12, 9))
    (tmp_path / "one.csv").write_text("path,label\nclass0/0.jpg,a\n")
    (tmp_path / "both.csv").write_text("path,label\nclass0/0.jpg,a\nclass1/1.jpg,b\n")
    assert have_size(tmp_path / "one.csv", height=8, width=12)
    assert not have_size(tmp_path / "both.csv", height=8, width=12)
