from __future__ import annotations

from pathlib import Path

import pytest

from encodenet_core.data.class_folders import describe_others, list_images
from encodenet_core.errors import DataError


def fill(root: Path, *names: str) -> None:
    """Empty files: what is in them is not looked at."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def names(root: Path, classes: dict[str, list[Path]] | None) -> dict[str, list[str]] | None:
    return classes and {
        name: [str(file.relative_to(root)) for file in files] for name, files in classes.items()
    }


@pytest.mark.parametrize("called", ["val", "valid", "validation", "dev"])
def test_a_validation_split_is_taken_whatever_its_folder_is_called(called: str, tmp_path: Path) -> None:
    fill(tmp_path, "train/cat/1.png", "train/dog/2.png", f"{called}/cat/3.png", f"{called}/dog/4.png")
    files = list_images(tmp_path)
    assert names(tmp_path, files.train) == {"cat": ["train/cat/1.png"], "dog": ["train/dog/2.png"]}
    assert names(tmp_path, files.validation) == {
        "cat": [f"{called}/cat/3.png"],
        "dog": [f"{called}/dog/4.png"],
    }
    assert files.test is None
    assert files.splits == (files.train, files.validation)


def test_all_three_splits_are_told_apart(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        fill(tmp_path, f"{part}/cat/{part}.jpg", f"{part}/dog/{part}.jpg")
    files = list_images(tmp_path)
    assert [names(tmp_path, split)["cat"] for split in files.splits] == [  # type: ignore[index]
        ["train/cat/train.jpg"],
        ["test/cat/test.jpg"],
        ["valid/cat/valid.jpg"],
    ]


def test_a_class_of_that_name_is_a_class_where_others_stand_beside_it(tmp_path: Path) -> None:
    fill(tmp_path, "train/1.png", "dev/2.png", "bus/3.png")
    assert sorted(list_images(tmp_path).train) == ["bus", "dev", "train"]


def test_two_folders_for_one_split_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "train/cat/1.png", "val/cat/1.png", "dev/cat/1.png")
    with pytest.raises(DataError, match="has the folders dev and val for one split; leave one of them"):
        list_images(tmp_path)


@pytest.mark.parametrize("part", ["val", "test"])
def test_a_class_that_a_split_lacks_is_named(part: str, tmp_path: Path) -> None:
    fill(tmp_path, "train/cat/1.png", "train/dog/1.png", f"{part}/cat/1.png")
    split = {"val": "validation"}.get(part, part)
    with pytest.raises(DataError, match=f"the class 'dog' is in only one of train and {split}; add it"):
        list_images(tmp_path)


def test_files_that_are_no_images_are_counted_but_for_litter(tmp_path: Path) -> None:
    fill(tmp_path, "cat/1.png", "dog/1.TIF", "cat/Thumbs.db", "cat/.DS_Store", ".git/x.svg")
    assert describe_others(tmp_path) == ""
    fill(tmp_path, "cat/2.svg", "dog/2.svg", "dog/raw.CR2", "notes", "a.txt", "b.md", "c.xml", "d.json")
    said = describe_others(tmp_path)
    assert said.startswith(f"not read as images in {tmp_path}: 2 .svg, 1 ")
    assert said.endswith(", 2 others")
