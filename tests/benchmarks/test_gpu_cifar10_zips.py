from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from encodenet_core.config import DatasetConfig
from encodenet_core.data.dataset import load_dataset
from encodenet_core.data.sources import source_identity
from encodenet_core.errors import DataError

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu" / "cifar10_zips.py"


@pytest.fixture(scope="module")
def cifar10_zips() -> ModuleType:
    """The file beside the GPU script, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("cifar10_zips", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_archive_holds_every_image_of_the_zips_with_its_label(
    cifar10_zips: ModuleType, zips: Path, tmp_path: Path, sheets: Callable[[str], np.ndarray]
) -> None:
    cifar10_zips.unpack(zips, tmp_path / "cifar10.npz")
    with np.load(tmp_path / "cifar10.npz", allow_pickle=False) as arrays:
        assert arrays["class_names"].tolist()[8:] == ["ship", "truck"]
        for split in ("train", "test"):
            images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
            by_class = np.argsort(labels, kind="stable")
            expected = sheets(split)
            assert {image.tobytes() for image in images} == {image.tobytes() for image in expected}
            assert np.bincount(labels).tolist() == [len(expected) // 10] * 10
            of_class_5 = {image.tobytes() for image in images[labels == 5]}
            assert of_class_5 == {
                image.tobytes() for image in expected[5 * len(expected) // 10 :][: len(of_class_5)]
            }
            assert not np.array_equal(by_class, np.arange(len(labels))), "the classes are mixed"


def test_the_archive_is_a_dataset_that_looks_unchanged_when_it_was_unpacked_again(
    cifar10_zips: ModuleType, zips: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "cifar10.npz"
    config = DatasetConfig(source=str(archive))
    identities = []
    for _ in range(2):
        archive.unlink(missing_ok=True)
        cifar10_zips.unpack(zips, archive)
        identities.append(source_identity(config))
    assert identities[0] == identities[1]
    dataset = load_dataset(config, seed=0)
    assert (dataset.name, dataset.num_classes, dataset.image_shape) == ("cifar10", 10, (32, 32, 3))


def test_a_missing_or_broken_zip_is_named(cifar10_zips: ModuleType, zips: Path, tmp_path: Path) -> None:
    assert cifar10_zips.has_zips(zips)
    assert not cifar10_zips.has_zips(tmp_path)
    (zips / "cifar10-train-b.zip").write_bytes(b"no zip")
    with pytest.raises(DataError, match="cannot read .*cifar10-train-b.zip"):
        cifar10_zips.unpack(zips, tmp_path / "cifar10.npz")
    (zips / "cifar10-train-b.zip").unlink()
    with pytest.raises(DataError, match="cannot read .*cifar10-train-b.zip"):
        cifar10_zips.unpack(zips, tmp_path / "cifar10.npz")
    assert not (tmp_path / "cifar10.npz").exists()
