"""A whole cache: what lies in it, what can go to make room, and what is damaged. Loads no Keras."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Any, Literal

from encodenet_core.errors import ConfigError
from encodenet_core.stages.layout import key_in, writing_to
from encodenet_core.stages.locks import StageUse, hold_stage, is_busy, remove_unless_used
from encodenet_core.stages.manifest import find_damage, read_manifest

State = Literal["finished", "partial", "leftover"]

_LAST_TO_GO: dict[State, int] = {"leftover": 0, "partial": 1, "finished": 2}
"""Most dispensable first: half deleted; a checkpoint; a result."""


@dataclass(frozen=True)
class CacheEntry:
    """A folder of a cache.

    Attributes:
        path: the folder.
        key: of its stage.
        state: `finished`; `partial`, which the next run goes on with; `leftover`, which nothing reads any
            more, such as one without a manifest.
        size: bytes of its files.
        used: when it was last used, or for an unfinished one written to; seconds since 1970.
        manifest: of a finished one, where it can be read.
    """

    path: Path
    key: str
    state: State
    size: int
    used: float
    manifest: dict[str, Any] | None

    @property
    def stage(self) -> str:
        """The name of its stage."""
        return self.key.rpartition("-")[0]

    @property
    def made(self) -> datetime:
        """When it was finished, to the second; for an unfinished one, when it was last written to."""
        if self.manifest is None:
            return datetime.fromtimestamp(self.used, UTC)
        return datetime.fromisoformat(self.manifest["created"])


@dataclass(frozen=True)
class Pruning:
    """What was removed, or would be, and what is left: first to go first."""

    removed: tuple[CacheEntry, ...]
    busy: tuple[CacheEntry, ...]
    freed: int
    left: int


def read_cache(root: Path) -> list[CacheEntry]:
    """All stages under a root folder, finished or not, by key.

    Raises:
        ConfigError: the root is no folder, or it cannot be read.
    """
    try:
        paths = sorted(root.iterdir()) if root.exists() else []
    except OSError as error:
        raise ConfigError(
            f"cannot read the stage cache {root}: {error.strerror}; set ENCODENET_CACHE to its folder"
        ) from None
    found = (_read_entry(path) for path in paths if path.is_dir() and not path.is_symlink())
    return sorted((entry for entry in found if entry), key=lambda entry: (entry.key, entry.state))


def prune_cache(
    root: Path,
    keep: int,
    *,
    dry_run: bool = False,
    among: Callable[[CacheEntry], bool] = lambda entry: True,
) -> Pruning:
    """Remove unfinished stages, then the least recently used ones, until the rest fits.

    What a living process makes or uses stays.

    Args:
        root: folder of the cache.
        keep: the most bytes that may be left.
        dry_run: only tell what would be removed.
        among: which stages may be removed and are counted.

    Raises:
        ConfigError: nothing can be removed there.
    """
    removed: list[CacheEntry] = []
    busy: list[CacheEntry] = []
    entries = sorted(
        filter(among, read_cache(root)), key=lambda entry: (_LAST_TO_GO[entry.state], entry.used, entry.key)
    )
    left = sum(entry.size for entry in entries)
    for entry in entries:
        if entry.state != "leftover" and left <= keep:
            break
        with writing_to(root):
            gone = not is_busy(root, entry.key) if dry_run else _remove(root, entry)
        (removed if gone else busy).append(entry)
        left -= entry.size if gone else 0
    if not dry_run:
        _remove_idle_locks(root)
    return Pruning(tuple(removed), tuple(busy), sum(entry.size for entry in removed), left)


def verify_cache(root: Path) -> Iterator[tuple[CacheEntry, str | None]]:
    """Every finished stage, and what is wrong with it; none is pruned while it is looked at."""
    for entry in read_cache(root):
        use = StageUse.start(entry.path) if entry.state == "finished" else None
        if use is not None:
            yield entry, find_damage(entry.path)


def _read_entry(path: Path) -> CacheEntry | None:
    try:
        if key := key_in(path.name):
            try:
                manifest = read_manifest(path)
                state: State = "leftover" if manifest is None else "finished"
            except ValueError:
                manifest, state = None, "finished"
            return CacheEntry(path, key, state, _size(path), path.stat().st_mtime, manifest)
        if key := key_in(path.name, ".", ".partial"):
            return CacheEntry(path, key, "partial", _size(path), _written(path), None)
        if key := key_in(path.name, ".", ".removed"):
            return CacheEntry(path, key, "leftover", _size(path), path.stat().st_mtime, None)
    except FileNotFoundError:  # removed or finished in the meantime
        pass
    return None


def _remove(root: Path, entry: CacheEntry) -> bool:
    """Remove a folder unless a living process makes it or uses it; whether it is gone."""
    try:
        with hold_stage(root, entry.key, wait=False):
            if entry.path == root / entry.key:
                return entry.path.stat().st_mtime == entry.used and remove_unless_used(root, entry.key)
            shutil.rmtree(entry.path)
            return True
    except (BlockingIOError, FileNotFoundError):
        return False


def _remove_idle_locks(root: Path) -> None:
    """Remove the locks that killed processes left."""
    for path in root.glob("*.lock"):
        if key := key_in(path.name, after=".lock"):
            with suppress(BlockingIOError, FileNotFoundError), hold_stage(root, key, wait=False):
                pass  # its end removes the lock


def _stats(path: Path) -> Iterator[os.stat_result]:
    for below in path.rglob("*"):
        with suppress(FileNotFoundError):
            yield below.lstat()


def _size(path: Path) -> int:
    return sum(stat.st_size for stat in _stats(path) if S_ISREG(stat.st_mode))


def _written(path: Path) -> float:
    return max([path.stat().st_mtime, *(stat.st_mtime for stat in _stats(path))])
