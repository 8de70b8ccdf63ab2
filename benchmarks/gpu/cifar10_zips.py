"""CIFAR-10 in three zips of lossless PNG sheets, as the one archive that the pipeline reads.

Each zip holds `meta.json`: the class names, and for every sheet its path, its label and how many images of
32 x 32 lie in it, one below the other.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from encodenet_core.errors import DataError
from encodenet_core.io.whole_files import write_whole

PARTS = {"train": ("cifar10-train-a.zip", "cifar10-train-b.zip"), "test": ("cifar10-test.zip",)}
ORDER_SEED = 20260101
"""Of the order of the images: the zips have them class by class."""


def has_zips(folder: Path) -> bool:
    """Whether this is a folder of the zips, not one of images."""
    return any((folder / name).is_file() for names in PARTS.values() for name in names)


def unpack(folder: Path, archive: Path) -> None:
    """Write the `.npz` archive of the zips unless it is there.

    Its time stamp is always the same, so that measurements on one copy hold for another.

    Raises:
        DataError: a zip is missing or broken.
    """
    if archive.exists():
        return
    arrays: dict[str, Any] = {}
    for split, names in PARTS.items():
        images, labels, class_names = _read_parts([folder / name for name in names])
        arrays |= {f"x_{split}": images, f"y_{split}": labels, "class_names": np.array(class_names)}
    write_whole(archive, lambda path: np.savez(path, **arrays))
    os.utime(archive, (0, 0))


def _read_parts(paths: list[Path]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    images, labels, class_names = [], [], []
    for path in paths:
        try:
            with zipfile.ZipFile(path) as file:
                meta = json.loads(file.read("meta.json"))
                class_names = meta["class_names"]
                for sheet in meta["sheets"]:
                    picture = Image.open(io.BytesIO(file.read(sheet["path"]))).convert("RGB")
                    images.append(np.asarray(picture).reshape(-1, 32, 32, 3))
                    labels.append(np.full(sheet["count"], sheet["label"], np.int64))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise DataError(f"cannot read {path}: {error}; copy the zip there again") from None
    order = np.random.default_rng(ORDER_SEED).permutation(sum(map(len, labels)))
    return np.concatenate(images)[order], np.concatenate(labels)[order], class_names
