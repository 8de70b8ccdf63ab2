"""Labelled images in a folder, listed file by file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.class_folders import ClassFiles, list_images
from encodenet_core.data.decoding import LabelledPictures, Part, Progress, keep_quiet, read_pictures
from encodenet_core.data.raw_images import RawImages
from encodenet_core.data.resizing import AS_THEY_ARE, WantedImages


def read_folder(root: Path, wanted: WantedImages = AS_THEY_ARE, progress: Progress = keep_quiet) -> RawImages:
    """The images under a folder: grey ones stay so if all are, else all become RGB.

    Raises:
        DataError: as `list_images` and `read_pictures`.
    """
    files = list_images(root)
    parts: dict[Part, ClassFiles | None] = {
        "train": files.train,
        "test": files.test,
        "validation": files.validation,
    }
    every = [file for split in files.splits for of_class in split.values() for file in of_class]
    labels = {part: _labels(split) for part, split in parts.items() if split is not None}
    return read_pictures(LabelledPictures(every, labels, tuple(files.train)), wanted, progress)


def _labels(classes: ClassFiles) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(classes)), [len(files) for files in classes.values()])
