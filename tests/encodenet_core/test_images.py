"""Images by way of the cache: decoded once, the same as read directly, followed and cut short."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.config import DatasetConfig, EncodeNetConfig
from encodenet_core.config_values import change_config
from encodenet_core.data.dataset import Dataset, load_dataset
from encodenet_core.errors import Stopped
from encodenet_core.images import obtain_dataset, obtain_whole_dataset
from encodenet_core.stages.cache import StageCache

N_PICTURES = 20


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Ten pictures of each of two classes, of 4x4 pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (N_PICTURES, 4, 4, 3), np.uint8)
    for number, picture in enumerate(pixels):
        folder = tmp_path / "pets" / ("cat", "dog")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{number:02}.png")
    return tmp_path / "pets"


def section(folder: Path, **options: object) -> DatasetConfig:
    return DatasetConfig(source=str(folder), **options)  # type: ignore[arg-type]


def damage(folder: Path) -> None:
    """Make pictures unreadable that look as they were from outside."""
    for file in folder.rglob("*.png"):
        status = file.stat()
        file.write_bytes(bytes(status.st_size))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def check_equal(one: Dataset, other: Dataset) -> None:
    assert (one.name, one.class_names, one.fingerprint) == (other.name, other.class_names, other.fingerprint)
    for split in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(one, split).images, getattr(other, split).images)
        np.testing.assert_array_equal(getattr(one, split).labels, getattr(other, split).labels)


def test_a_search_never_sees_the_test_split(
    tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    dataset = obtain_dataset(tiny_config, StageCache(tmp_path))
    assert dataset.test is None
    assert dataset.fingerprint == tiny_dataset.fingerprint
    assert isinstance(dataset.train.images, np.memmap)
    np.testing.assert_array_equal(dataset.train.images, tiny_dataset.train.images)
    np.testing.assert_array_equal(dataset.validation.labels, tiny_dataset.validation.labels)
    assert not list(tmp_path.glob("*/*test*"))


def test_the_dataset_of_a_search_is_written_once_for_its_settings(
    tiny_config: EncodeNetConfig, tmp_path: Path
) -> None:
    cache = StageCache(tmp_path)
    obtain_dataset(tiny_config, cache)
    obtain_dataset(change_config(tiny_config, {"decoder.depth": 5}), cache)
    assert len(list(tmp_path.glob("dataset-*/dataset.json"))) == 1
    obtain_dataset(change_config(tiny_config, {"seed": 1}), cache)
    obtain_dataset(change_config(tiny_config, {"dataset.limit": 100}), cache)
    assert len(list(tmp_path.glob("dataset-*/dataset.json"))) == 3


@pytest.mark.parametrize("options", [{}, {"limit": 10}, {"image_size": (2, 3), "color": "grey"}], ids=str)
def test_pictures_from_the_cache_are_those_of_the_folder(
    options: Mapping[str, object], pets: Path, tmp_path: Path
) -> None:
    wanted = section(pets, **options)
    cache = StageCache(tmp_path / "cache")
    check_equal(obtain_whole_dataset(wanted, 3, cache), load_dataset(wanted, 3))


def test_a_folder_is_decoded_once_for_every_seed_limit_and_command(pets: Path, tmp_path: Path) -> None:
    expected = load_dataset(section(pets), 7)
    obtain_whole_dataset(section(pets), 0, StageCache(tmp_path / "cache"))
    damage(pets)
    cache = StageCache(tmp_path / "cache")
    check_equal(obtain_whole_dataset(section(pets), 7, cache), expected)
    assert len(obtain_whole_dataset(section(pets, limit=10), 0, cache).train.images) == 8
    searched = obtain_dataset(EncodeNetConfig(dataset=section(pets), seed=7), cache)
    assert (searched.fingerprint, searched.test) == (expected.fingerprint, None)


def test_pictures_that_changed_are_decoded_again(pets: Path, tmp_path: Path) -> None:
    cache = StageCache(tmp_path / "cache")
    before = obtain_whole_dataset(section(pets), 0, cache)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(pets / "cat" / "00.png")
    after = obtain_whole_dataset(section(pets), 0, StageCache(tmp_path / "cache"))
    assert before.fingerprint != after.fingerprint
    check_equal(after, load_dataset(section(pets), 0))


def test_how_to_resize_matters_only_where_a_size_is_wanted(pets: Path, tmp_path: Path) -> None:
    cache = StageCache(tmp_path / "cache")
    for options in ({}, {"resize": "pad"}, {"image_size": (2, 2)}, {"image_size": (2, 2), "resize": "pad"}):
        obtain_whole_dataset(section(pets, **options), 0, cache)
    assert len(list((tmp_path / "cache").glob("images-*"))) == 3


def test_decoding_is_reported_and_only_where_there_is_any(pets: Path, tmp_path: Path) -> None:
    told = list[tuple[str, int, int]]()

    def report(stage: str, done: int, count: int, values: Mapping[str, float]) -> bool:
        told.append((stage, done, count))
        return True

    for _ in range(2):
        obtain_whole_dataset(section(pets), 0, StageCache(tmp_path / "cache"), report)
    assert told == [("images", 1, N_PICTURES), ("images", N_PICTURES, N_PICTURES)]


def test_decoding_that_is_stopped_leaves_nothing(pets: Path, tmp_path: Path) -> None:
    cache = StageCache(tmp_path / "cache")
    with pytest.raises(Stopped, match="stopped after 1 of 20 pictures"):
        obtain_dataset(EncodeNetConfig(dataset=section(pets)), cache, lambda *report: False)
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_archive_is_not_copied_into_the_cache(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=np.zeros((20, 2, 2), np.uint8), y_train=np.arange(20) % 2)
    cache = StageCache(tmp_path / "cache")
    check_equal(
        obtain_whole_dataset(section(tmp_path / "a.npz"), 0, cache),
        load_dataset(section(tmp_path / "a.npz"), 0),
    )
    assert not (tmp_path / "cache").exists()
