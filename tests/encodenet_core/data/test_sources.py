"""Sources by name and by path, what is said of unknown ones, and what they are identified by."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from encodenet_core.config import DatasetConfig, NamedSource
from encodenet_core.config_values import build_config
from encodenet_core.data.sources import (
    CIFAR100_CLASSES,
    SOURCES,
    holds_pictures,
    note_on,
    read_source,
    source_identity,
)
from encodenet_core.errors import ConfigError, DataError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "images.npz"
    np.savez(path, x_train=np.zeros((4, 2, 2), np.uint8), y_train=[0, 0, 1, 1])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / "pets" / name / "1.png")
    return tmp_path / "pets"


def identity(source: str | Path) -> dict[str, object]:
    return source_identity(DatasetConfig(source=str(source)))


def touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))


def test_every_name_of_a_dataset_has_a_reader_and_the_other_way_round() -> None:
    assert tuple(SOURCES) == get_args(NamedSource)


def test_digits_are_scaled_to_full_contrast() -> None:
    digits = read_source("digits")
    assert digits.x_train.shape == (1797, 8, 8, 1)
    assert digits.x_train.dtype == np.uint8
    assert set(np.unique(digits.x_train)) == {round(grey * 255 / 16) for grey in range(17)}
    assert digits.class_names == tuple("0123456789")
    assert digits.x_test is None


def test_archive_and_folder_are_read_by_their_path(archive: Path, folder: Path) -> None:
    assert read_source(str(archive)).class_names == ("0", "1")
    assert read_source(str(folder)).class_names == ("cat", "dog")


def test_paths_may_be_relative_or_below_the_home_folder(
    archive: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive.parent)
    monkeypatch.setenv("HOME", str(archive.parent))
    for source in ("images.npz", "~/images.npz", "pets", "./pets/", "~/pets"):
        assert read_source(source).x_train.shape[1:3] == (2, 2)


def test_real_images_are_read(test_data: Path) -> None:
    raw = read_source(str(test_data / "cifar10-mini.npz"))
    assert raw.x_train.shape == (1000, 32, 32, 3)
    assert raw.x_test is not None and raw.x_test.shape == (200, 32, 32, 3)
    assert raw.class_names[6] == "frog"


def test_the_names_of_cifar100_are_sorted_and_distinct() -> None:
    assert len(set(CIFAR100_CLASSES)) == 100
    assert list(CIFAR100_CLASSES) == sorted(CIFAR100_CLASSES)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("cifar-10", "unknown dataset 'cifar-10'; did you mean 'cifar10'? known are digits, cifar10"),
        ("imagenet22k", "unknown dataset 'imagenet22k'; known are digits"),
        ("x" * 4000, "unknown dataset"),
        (
            "missing/images.npz",
            "missing/images.npz; give the path of an image folder, or of an .npz, .csv or .parq",
        ),
    ],
)
def test_an_unknown_source_is_explained(source: str, message: str) -> None:
    for read in (read_source, identity):
        with pytest.raises(DataError, match=re.escape(message)) as raised:
            read(source)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("source", ["a\0b", "a\nb", "\x1b[31m", "\ud800", "x" * 5000, ""])
def test_a_source_that_no_path_has_is_none_of_a_config(source: str) -> None:
    with pytest.raises(ConfigError, match=r"dataset\.source is .*, but expected is: ") as raised:
        build_config({"dataset.source": source})
    assert str(raised.value).isprintable()


def test_a_file_of_another_kind_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "images.zip").write_bytes(b"")
    with pytest.raises(DataError, match="unknown dataset .*images.zip'; known are"):
        read_source(str(tmp_path / "images.zip"))


@pytest.mark.parametrize("name", SOURCES)
def test_a_name_identifies_itself(name: str) -> None:
    assert identity(name) == {"name": name}


def test_an_archive_is_identified_by_path_size_and_time(archive: Path) -> None:
    before = identity(archive)
    assert identity(archive) == before
    touch(archive)
    assert identity(archive) != before


def test_a_folder_is_identified_by_its_images(folder: Path) -> None:
    before = identity(folder)
    (folder / "cat" / "notes.txt").write_text("not an image")
    assert identity(folder) == before
    touch(folder / "cat" / "1.png")
    touched = identity(folder)
    assert touched != before
    (folder / "cat" / "1.png").rename(folder / "cat" / "2.png")
    assert identity(folder) not in (before, touched)


def test_a_table_is_identified_by_what_it_says_and_by_its_images(folder: Path) -> None:
    table = folder / "pets.csv"
    seen = []

    def changed(text: str) -> bool:
        table.write_text(text)
        seen.append(identity(table))
        return seen[-1] not in seen[:-1]

    assert changed("path,label\ncat/1.png,cat\ndog/1.png,dog\n")
    assert not changed("path,label,note\ncat/1.png,cat,x\ndog/1.png,dog,y\n")
    assert changed("path,label\ncat/1.png,cat\ndog/1.png,wolf\n")
    assert changed("path,label,split\ncat/1.png,cat,train\ndog/1.png,dog,test\n")
    touch(folder / "cat" / "1.png")
    assert changed(table.read_text())


def test_parquet_files_are_identified_by_path_size_and_time(tmp_path: Path) -> None:
    for name in ("train-0", "train-1", "test-0"):
        (tmp_path / f"{name}.parquet").write_bytes(b"not looked at")
    (tmp_path / "notes.parquet").write_bytes(b"not read")
    of_file, of_folder = identity(tmp_path / "train-0.parquet"), identity(tmp_path)
    touch(tmp_path / "notes.parquet")
    touch(tmp_path / "train-1.parquet")
    assert identity(tmp_path / "train-0.parquet") == of_file
    assert identity(tmp_path) != of_folder
    touch(tmp_path / "train-0.parquet")
    assert identity(tmp_path / "train-0.parquet") != of_file


@pytest.mark.slow
def test_without_a_network_the_other_ways_are_named(tmp_path: Path) -> None:
    program = "from encodenet_core.data.sources import read_source; read_source('mnist')"
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **nowhere, "KERAS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    last_line = finished.stderr.strip().splitlines()[-1]
    assert last_line.startswith("encodenet_core.errors.DataError: cannot download mnist: ")
    assert last_line.endswith(
        "set dataset.source to the path of an image folder, or of an .npz, .csv or .parquet file"
    )


def test_a_folder_alone_holds_pictures_and_is_noted_on(archive: Path, folder: Path) -> None:
    assert [holds_pictures(source) for source in ("digits", str(archive), str(folder))] == [
        False,
        False,
        True,
    ]
    assert [note_on(source) for source in ("digits", str(archive), str(folder))] == ["", "", ""]
    (folder / "cat" / "2.heic").write_text("not read")
    assert note_on(str(folder)) == f"not read as images in {folder}: 1 .heic"
    with pytest.raises(DataError, match="unknown dataset 'pets'"):
        holds_pictures("pets")
