"""What a study takes on disk: its folder, and the stages that were made since it was created."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from decoder_search.records.layout import CHECKPOINT, WEIGHTS
from encodenet_core.io.quantities import format_size
from encodenet_core.stages.upkeep import CacheEntry, read_cache

DEAR_STAGES = ("dataset", "baseline", "control_training")
"""What takes long to compute again."""


@dataclass(frozen=True)
class DiskUse:
    """Bytes of files.

    Attributes:
        stages: of the cache.
        weights: trained models of trials.
        checkpoints: of trials that run or were interrupted, or that an engine goes on from.
        other_files: curves, pictures, `trials.jsonl`, logs.
    """

    stages: int = 0
    weights: int = 0
    checkpoints: int = 0
    other_files: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return sum(vars(self).values())

    def in_words(self) -> str:
        """What takes the room, most first."""
        parts = {
            "stages in the cache": self.stages,
            "weights": self.weights,
            "checkpoints": self.checkpoints,
            "curves, pictures and records": self.other_files,
        }
        taking = sorted((size, name) for name, size in parts.items() if size)
        return ", ".join(f"{format_size(size)} {name}" for size, name in reversed(taking))


def measure_use(study: Path, cache: Path, created: datetime) -> DiskUse:
    """What a study takes now.

    Args:
        study: its folder.
        cache: folder of the stage cache.
        created: when the study was; stages made before it are not counted, whoever uses them.

    Raises:
        ConfigError: the cache cannot be read.
    """
    sizes = dict.fromkeys(("weights", "checkpoints", "other_files"), 0)
    stages = sum(entry.size for entry in read_cache(cache) if is_of_the_study(entry, created))
    for path, size in _files(study):
        sizes[_kind(path.relative_to(study).parts)] += size
    return DiskUse(stages, **sizes)


def is_of_the_study(entry: CacheEntry, created: datetime) -> bool:
    """Whether a stage was made since; a manifest knows the second, and no more."""
    return entry.made >= created.replace(microsecond=0)


def is_dispensable(entry: CacheEntry, since: float) -> bool:
    """Whether a stage may go for more room: not a dear one, nor one read since (seconds since 1970)."""
    return entry.used < since and (entry.state != "finished" or entry.stage not in DEAR_STAGES)


def _kind(parts: tuple[str, ...]) -> str:
    below_trial = parts[2] if parts[0] == "trials" and len(parts) > 3 else ""
    for name, kind in ((WEIGHTS, "weights"), (CHECKPOINT, "checkpoints")):
        if below_trial.lstrip(".").partition(".")[0].partition("-")[0] == name:
            return kind
    return "other_files"


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """All files below a folder with their sizes; what goes in the meantime is left out."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            else:
                with suppress(FileNotFoundError):
                    yield Path(entry.path), entry.stat(follow_symlinks=False).st_size
