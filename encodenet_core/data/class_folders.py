"""Which image files are in a folder: a subfolder a class, with or without folders of the splits above."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from encodenet_core.data.decoding import Part
from encodenet_core.data.pictures import EXTENSIONS
from encodenet_core.errors import DataError

ClassFiles = dict[str, list[Path]]
"""The image files of every class, by class name; both sorted."""

PARTS: dict[str, Part] = {
    "train": "train",
    "test": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
}
"""Names of splits: of the folders above those of the classes, in tables, and of files that are one."""

LITTER = {"thumbs.db", "desktop.ini"}
"""What file managers leave behind, beside hidden files."""

_MOST_KINDS = 5
"""Of files that are no images, so many are named."""


@dataclass(frozen=True)
class FolderFiles:
    """The image files of each split; where one tree holds them all, they are in `train`."""

    train: ClassFiles
    validation: ClassFiles | None = None
    test: ClassFiles | None = None

    @property
    def splits(self) -> tuple[ClassFiles, ...]:
        """Those that there are, training first and validation last."""
        return tuple(split for split in (self.train, self.test, self.validation) if split is not None)


def list_images(root: Path) -> FolderFiles:
    """The image files to train on, and to validate and test on where folders say so.

    Hidden files and other extensions are left out.

    Raises:
        DataError: a link leads out of the folder, a class holds no images, the splits differ in their
            classes, two folders hold one split, or the folder cannot be listed.
    """
    root = Path(os.path.realpath(root))
    try:
        names = [folder.name for folder in _subfolders(root, root)]
        folders = {name: PARTS[name] for name in names if name in PARTS}
        if "train" not in folders or len(folders) < len(names):
            return FolderFiles(_list_classes(root, root))
        _check_parts(root, folders)
        splits = {split: _list_classes(root / name, root) for name, split in folders.items()}
        _check_same_classes(root, splits)
        return FolderFiles(**splits)
    except OSError as error:
        raise DataError(f"cannot list {error.filename}: {error.strerror}; make it readable") from None


def _check_parts(root: Path, folders: dict[str, Part]) -> None:
    twice = [name for name, split in folders.items() if list(folders.values()).count(split) > 1]
    if twice:
        raise DataError(f"{root} has the folders {' and '.join(twice)} for one split; leave one of them")


def _check_same_classes(root: Path, splits: dict[Part, ClassFiles]) -> None:
    for split, classes in splits.items():
        odd = sorted(classes.keys() ^ splits["train"].keys())
        if odd:
            raise DataError(
                f"{root}: the class {odd[0]!r} is in only one of train and {split}; add it to the other"
            )


def _list_classes(folder: Path, root: Path) -> ClassFiles:
    classes = {of_class.name: list(_image_files(of_class, root)) for of_class in _subfolders(folder, root)}
    empty = [folder / name for name, files in classes.items() if not files] if classes else [folder]
    if empty:
        raise DataError(
            f"{empty[0]} holds no images; expected are {' '.join(sorted(EXTENSIONS))} files in "
            f"{root}/CLASS/, or in {root}/train/CLASS/ and perhaps {root}/val/CLASS/ and {root}/test/CLASS/"
        )
    return classes


def describe_others(root: Path) -> str:
    """How many files under a folder are no images by their names, and of which kinds; empty where all are."""
    root = Path(os.path.realpath(root))
    kinds: Counter[str] = Counter()
    for _, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = (Path(name) for name in names if not name.startswith(".") and name.lower() not in LITTER)
        kinds.update(
            file.suffix.lower() or file.name for file in files if file.suffix.lower() not in EXTENSIONS
        )
    if not kinds:
        return ""
    named = [f"{count} {kind}" for kind, count in kinds.most_common(_MOST_KINDS)]
    more = [f"{kinds.total() - sum(count for _, count in kinds.most_common(_MOST_KINDS))} others"]
    shown = ", ".join(named + more * (len(kinds) > _MOST_KINDS))
    return f"not read as images in {root}: {shown}"


def _subfolders(folder: Path, root: Path) -> Iterator[Path]:
    entries = (entry for entry in _visible(folder) if entry.is_dir() and stays_inside(entry, root))
    return (folder / entry.name for entry in entries)


def _image_files(folder: Path, root: Path) -> Iterator[Path]:
    candidates = (entry for entry in _visible(folder) if _ending(entry.name) in EXTENSIONS)
    return (folder / entry.name for entry in candidates if stays_inside(entry, root) and entry.is_file())


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; of its entries the system has told the kind along with the name."""
    with os.scandir(folder) as entries:
        return sorted((each for each in entries if not each.name.startswith(".")), key=attrgetter("name"))


def stays_inside(entry: Path | os.DirEntry[str], root: Path) -> bool:
    """True, or a DataError for a link that is broken or would lead out of the dataset."""
    if entry.is_symlink():
        target = Path(os.path.realpath(entry))
        if not lies_in(target, root) or not target.exists():
            raise DataError(
                f"{os.fspath(entry)} is a link that leads out of {root} or nowhere; put a copy in its place"
            )
    return True


def lies_in(target: Path, root: Path) -> bool:
    """Whether a path without links is inside a folder, or where the Hugging Face cache keeps a file of it.

    There `datasets--NAME/snapshots/REVISION` is the folder, of links to files in `datasets--NAME/blobs`.
    """
    if target.is_relative_to(root):
        return True
    folders = (folder.parent for folder in (root, *root.parents) if folder.parent.name == "snapshots")
    repositories = (folder.parent for folder in folders if folder.parent.name.startswith("datasets--"))
    return any(target.parent == each / "blobs" and target.is_file() for each in repositories)
