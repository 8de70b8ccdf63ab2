"""What is read from a table of paths and labels, and what is said of wrong ones."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.config import DatasetConfig
from encodenet_core.data.csv_table import list_csv
from encodenet_core.data.dataset import load_dataset
from encodenet_core.data.sources import read_source
from encodenet_core.errors import DataError

GREYS = {"a": 10, "b": 20, "c": 30, "d": 40}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Four pictures in a folder, and room for a table beside it."""
    root = tmp_path / "root"
    (root / "photos").mkdir(parents=True)
    for name, grey in GREYS.items():
        Image.fromarray(np.full((2, 3), grey, np.uint8)).save(root / "photos" / f"{name}.png")
    return root


def table(place: Path, text: str | bytes) -> Path:
    path = place / "pets.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    """The one line in which a table is refused."""
    with pytest.raises(DataError) as raised:
        read_source(str(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_table_without_splits_is_one_set_of_training_images(place: Path) -> None:
    raw = read_source(
        str(table(place, "path,label\nphotos/b.png,dog\nphotos/a.png,cat\n./photos/../photos/c.png,dog\n"))
    )
    assert raw.class_names == ("cat", "dog")
    assert raw.x_train[:, 0, 0, 0].tolist() == [20, 10, 30]
    assert raw.y_train.tolist() == [1, 0, 1]
    assert raw.x_test is None and raw.x_validation is None


@pytest.mark.parametrize("word", ["val", "valid", "validation", "dev", "Val"])
def test_splits_have_the_words_that_folders_have(place: Path, word: str) -> None:
    rows = f"split,path,label\n{word},photos/a.png,x\ntrain,photos/b.png,x\ntest,photos/c.png,x\n"
    raw = read_source(str(table(place, rows)))
    assert raw.x_validation is not None and raw.x_validation[0, 0, 0, 0] == 10
    assert raw.x_train[0, 0, 0, 0] == 20
    assert raw.x_test is not None and raw.x_test[0, 0, 0, 0] == 30


def test_what_spreadsheets_write_is_read(place: Path) -> None:
    text = '\ufeffPath,Label,note\r\n"photos/a.png"," cat, small ",1\r\n\r\nphotos/b.png,犬,2\r\n'
    listed = list_csv(table(place, text))
    assert listed.class_names == ("cat, small", "犬")
    assert listed.labels["train"].tolist() == [0, 1]


def test_a_dataset_of_a_table_equals_that_of_the_folder(place: Path) -> None:
    for number in range(10):
        for name, grey in (("cat", 50), ("dog", 90)):
            (place / "pets" / name).mkdir(parents=True, exist_ok=True)
            pixels = np.full((2, 2), grey + number, np.uint8)
            Image.fromarray(pixels).save(place / "pets" / name / f"{number}.png")
    files = sorted((place / "pets").rglob("*.png"))
    rows = [f"{file.relative_to(place)},{file.parent.name}" for file in files]
    path = table(place, "\n".join(["path,label", *rows]))
    of_table, of_folder = (load_dataset(DatasetConfig(source=str(at)), 0) for at in (path, place / "pets"))
    assert of_table.name == of_folder.name == "pets"
    assert of_table.fingerprint == of_folder.fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has the header ''; save it as text in UTF-8 with the header path,label or path,label,split"),
        ("file;label\na.png;cat\n", "has the header 'file;label'; save it as"),
        ("path,label,label\n", "has the header 'path,label,label'; save it as"),
        ("path,label\n", "has no images to train on; name the split of some of them train"),
        ("path,label\nphotos/a.png\n", "row 2 has 1 columns, fewer than the header; write one line an image"),
        ("path,label\nphotos/a.png,\n", "row 2 has no label; name the class of"),
        (
            "path,label,split\nphotos/a.png,x,later\n",
            "row 2 has the split 'later', but expected is one of tra",
        ),
        ("path,label,split\nphotos/a.png,x,dev\n", "has no images to train on; name the split of some"),
        ("path,label\nphotos/e.png,x\n", "row 2: there is no file 'photos/e.png' in"),
        ("path,label\nphotos,x\n", "row 2: there is no file 'photos' in"),
        (f"path,label\n{'x' * 5000},x\n", "row 2: there is no file 'xxx"),
        (
            "path,label\nphotos/a.png,x\nphotos/../photos/a.png,y\n",
            "photos/a.png again, as row 2 does; leave",
        ),
        ("path,label\n../secret.png,x\n", "row 2: '../secret.png' leads out of"),
        ("path,label\nphotos/../../secret.png,x\n", "row 2: 'photos/../../secret.png' leads out of"),
        ("path,label\n/etc/passwd,x\n", "row 2 has the path '/etc/passwd'; give it relative to"),
        ("path,label\nlink.png,x\n", "row 2: 'link.png' leads out of"),
        ("path,label\ninner/secret.png,x\n", "row 2: 'inner/secret.png' leads out of"),
        ("path,label\npipe,x\n", "row 2: there is no file 'pipe' in"),
        ("path,label\npets.csv,x\n", "cannot read the image"),
        (b"path,label\nphotos/a.png,\xff\n", "cannot read the table"),
        (b"path,label\na\0b,x\n", "pets.csv"),
        (f"path,label\n{'x' * 200_000},x\n", "cannot read the table"),
        ('path,label\n"photos/a.png,x\n', "cannot read the table"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(place: Path, text: str | bytes, message: str) -> None:
    Image.fromarray(np.zeros((2, 3), np.uint8)).save(place.parent / "secret.png")
    (place / "link.png").symlink_to(place.parent / "secret.png")
    (place / "inner").symlink_to(place.parent)
    os.mkfifo(place / "pipe")
    assert re.search(re.escape(message), refusal(table(place, text)))


def test_a_link_inside_the_folder_is_followed(place: Path) -> None:
    (place / "link.png").symlink_to("photos/a.png")
    assert read_source(str(table(place, "path,label\nlink.png,x\n"))).x_train[0, 0, 0, 0] == 10
