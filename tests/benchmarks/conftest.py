"""CIFAR-10 in its three zips, with a few images of noise."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CLASS_NAMES = "airplane automobile bird cat deer dog frog horse ship truck".split()


PARTS = {
    "cifar10-train-a.zip": (range(5), 4, 0),
    "cifar10-train-b.zip": (range(5, 10), 4, 1),
    "cifar10-test.zip": (range(10), 2, 2),
}
"""The classes in each zip, how many images of each there are, and the seed of their noise."""


def noise(n_classes: int, per_class: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n_classes, per_class, 32, 32, 3), np.uint8)


def write_zip(path: Path, labels: range, images: np.ndarray) -> None:
    """One PNG sheet a class."""
    sheets = [{"path": f"{label}.png", "label": label, "count": images.shape[1]} for label in labels]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("meta.json", json.dumps({"class_names": CLASS_NAMES, "sheets": sheets}))
        for sheet, pictures in zip(sheets, images, strict=True):
            png = io.BytesIO()
            Image.fromarray(pictures.reshape(-1, 32, 3)).save(png, "PNG")
            file.writestr(str(sheet["path"]), png.getvalue())


@pytest.fixture
def zips(tmp_path: Path) -> Path:
    """Four training and two test images of each class, in the three zips of CIFAR-10."""
    folder = tmp_path / "zips"
    folder.mkdir()
    for name, (labels, per_class, seed) in PARTS.items():
        write_zip(folder / name, labels, noise(len(labels), per_class, seed))
    return folder


@pytest.fixture
def sheets() -> Callable[[str], np.ndarray]:
    """All images of the training or the test split, class by class."""
    return lambda split: np.concatenate(
        [
            noise(len(labels), per_class, seed).reshape(-1, 32, 32, 3)
            for name, (labels, per_class, seed) in PARTS.items()
            if split in name
        ]
    )
