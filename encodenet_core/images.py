"""The images of a config, decoded once: what a source holds is kept in the cache, whole and split.

Pictures of a folder or a table are decoded into a stage, for every seed, limit and split made of them.
An archive and a dataset that has a name are read as they are.
"""

from __future__ import annotations

from pathlib import Path

from encodenet_core.config import DatasetConfig, EncodeNetConfig
from encodenet_core.data.dataset import Dataset, open_dataset, save_dataset, split_source
from encodenet_core.data.raw_images import open_raw_images, save_raw_images
from encodenet_core.data.resizing import WantedImages
from encodenet_core.data.sources import holds_pictures, read_source, source_identity
from encodenet_core.errors import Stopped
from encodenet_core.stages.cache import Stage, StageCache
from encodenet_core.training.watch import Report, keep_silent

IMAGES = Stage("images", version=1)
DATASET = Stage("dataset", version=1)


def obtain_dataset(config: EncodeNetConfig, cache: StageCache, report: Report = keep_silent) -> Dataset:
    """The dataset of a config, memory-mapped and without its test split.

    Where the cache was told the identity of the source and holds the dataset, the source is not looked at.

    Args:
        config: its dataset and seed are used here.
        cache: keeps it.
        report: is told how many pictures are decoded, of how many, where any have to be.

    Raises:
        DataError: the source is unknown or unusable.
        Stopped: a report was answered so.
    """
    inputs = {
        "section": config.dataset.identity(),
        "identity": _identity(config.dataset, cache),
        "seed": config.seed,
    }

    def build(private: Path) -> None:
        save_dataset(obtain_whole_dataset(config.dataset, config.seed, cache, report).without_test(), private)

    return open_dataset(cache.obtain(DATASET, inputs, build))


def obtain_whole_dataset(
    section: DatasetConfig, seed: int, cache: StageCache, report: Report = keep_silent
) -> Dataset:
    """The dataset of a config with its test split, as `load_dataset` gives it, its pictures from the cache.

    Raises:
        DataError: the source is unknown or unusable.
        Stopped: a report was answered so.
    """
    wanted = WantedImages.of(section)
    if not holds_pictures(section.source):
        return split_source(section, read_source(section.source, wanted), seed)
    inputs = {"identity": _identity(section, cache), "wanted": wanted.identity}

    def progress(done: int, count: int) -> None:
        if not report(IMAGES.name, done, count, {}):
            raise Stopped(f"stopped after {done:,} of {count:,} pictures")

    def build(private: Path) -> None:
        save_raw_images(read_source(section.source, wanted, progress), private)

    return split_source(section, open_raw_images(cache.obtain(IMAGES, inputs, build)), seed)


def _identity(section: DatasetConfig, cache: StageCache) -> object:
    return cache.identify("dataset.source", section.source, lambda: source_identity(section))
