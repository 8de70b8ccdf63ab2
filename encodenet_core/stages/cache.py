"""A cache of finished stages, addressed by what they read: same inputs, same key, computed once.

A stage is a folder of plain files (`.npy`, `.json`, `.keras`) with a manifest of their checksums. It is built
in a folder whose checkpoint survives an interruption, and moved into place whole; processes that want the
same stage wait for the first of them to finish it.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras

from encodenet_core.config import stable_hash
from encodenet_core.errors import Stopped
from encodenet_core.io.whole_files import sync_folder
from encodenet_core.stages.layout import check_cache, partial_folder, removed_folder, writing_to
from encodenet_core.stages.locks import StageUse, hold_stage, remove_stage
from encodenet_core.stages.manifest import files_state, find_damage, write_manifest

CHECKPOINT_FOLDER = "checkpoint"
"""What an interrupted build finds again in its folder; no part of the finished stage."""

MOST_USES = 32
"""Of the finished stages that a cache has handed out, so many, the last, are kept from being pruned."""

_LOGGER = logging.getLogger("encodenet_core")

_sound: dict[Path, object] = {}
"""The state of the files of every stage whose checksums this process has verified."""


@dataclass(frozen=True)
class Stage:
    """A kind of stage; its version is raised when the meaning of its files changes."""

    name: str
    version: int


class StageCache:
    """Finished stages under one root folder.

    Attributes:
        root: the folder.
        handed_out: the keys of all stages that were obtained, in that order.
        identities: what a machine that has the files found out about them; asked before files are looked at.
        on_missing: is told the name of a stage before it is built, and may refuse that by an exception.
    """

    def __init__(
        self,
        root: Path,
        identities: Mapping[str, Any] | None = None,
        on_missing: Callable[[str], None] = lambda stage: None,
    ) -> None:
        self.root = root
        self._on_missing = on_missing
        self.handed_out: dict[str, None] = {}
        self.identities = dict(identities or {})
        self._told = frozenset(self.identities)
        self._uses: dict[str, StageUse] = {}

    def identify(self, what: str, path: str | None, look: Callable[[], Any]) -> Any:
        """What tells the content of a file from another's: as this cache was told, else as `look` finds it.

        So a machine without the file finds the stages that were made of it elsewhere.

        Args:
            what: kind of the file.
            path: names it.
            look: gives a JSON value.
        """
        name = f"{what}={path}"
        if name not in self._told:
            self.identities[name] = look()
        return self.identities[name]

    def key(self, stage: Stage, inputs: Mapping[str, Any]) -> str:
        """The address of a stage: its name and a hash of all that its result depends on."""
        return f"{stage.name}-{stable_hash({'inputs': dict(inputs), 'environment': _environment(stage)})}"

    def obtain(self, stage: Stage, inputs: Mapping[str, Any], build: Callable[[Path], None]) -> Path:
        """The folder of a finished stage; where there is none, or a damaged one, `build` fills it first.

        Args:
            stage: of which kind it is.
            inputs: JSON values that the result depends on, keys of earlier stages among them.
            build: writes the stage's files into the folder that it is given. That is empty, but for a folder
                `CHECKPOINT_FOLDER` if a build of this stage wrote one and was killed, interrupted or stopped.

        Raises:
            ConfigError: the cache cannot be written to.
        """
        key = self.key(stage, inputs)
        folder = self.root / key
        self.handed_out[key] = None
        if self._use(key) and _find_damage(folder) is None:
            return folder
        check_cache(self.root)
        with writing_to(self.root), hold_stage(self.root, key):
            if not (self._use(key) and self._is_sound(folder)):
                self._on_missing(stage.name)
                remove_stage(self.root, key)
                facts = {"stage": stage.name, "inputs": dict(inputs), "environment": _environment(stage)}
                self._build(key, build, facts)
                self._use(key)
        return folder

    def _use(self, key: str) -> bool:
        """Keep a finished stage from being pruned as long as this cache lives; whether there is one."""
        self._uses.pop(key, None)
        use = StageUse.start(self.root / key)
        if use is None:
            return False
        self._uses[key] = use
        while len(self._uses) > MOST_USES:
            del self._uses[next(iter(self._uses))]
        with suppress(OSError):  # a cache that is only read need not tell when
            os.utime(self.root / key)
        return True

    def _is_sound(self, folder: Path) -> bool:
        damage = _find_damage(folder)
        if damage is not None:
            _LOGGER.warning(
                "stage %s in %s is damaged: %s; removed it, computing it again",
                folder.name,
                self.root,
                damage,
            )
        return damage is None

    def _build(self, key: str, build: Callable[[Path], None], facts: Mapping[str, Any]) -> None:
        partial = partial_folder(self.root, key)
        _keep_the_checkpoint_alone(partial)
        try:
            build(partial)
            write_manifest(partial, facts, besides=CHECKPOINT_FOLDER)
            self._move_into_place(key)
        except BaseException as error:
            resumable = isinstance(error, Stopped) or not isinstance(error, Exception)
            if not (resumable and (partial / CHECKPOINT_FOLDER).is_dir()):
                shutil.rmtree(partial, ignore_errors=True)
            raise
        _sound[self.root / key] = files_state(self.root / key)

    def _move_into_place(self, key: str) -> None:
        """The checkpoint is moved away at the last moment: who is killed before it need not start anew."""
        partial, removed = partial_folder(self.root, key), removed_folder(self.root, key)
        if (partial / CHECKPOINT_FOLDER).exists():
            (partial / CHECKPOINT_FOLDER).rename(removed)
        partial.rename(self.root / key)
        sync_folder(self.root)
        shutil.rmtree(removed, ignore_errors=True)


def _environment(stage: Stage) -> dict[str, Any]:
    """What besides its inputs a stage's result depends on."""
    backend = keras.backend.backend()
    return {
        "version": stage.version,
        "backend": f"{backend} {version(backend)}",
        "keras": version("keras"),
        "numpy": version("numpy"),
        "sklearn": version("scikit-learn"),
    }


def _find_damage(folder: Path) -> str | None:
    """What is wrong with a stage; checksums are computed once a process and state of its files."""
    state = files_state(folder)
    if _sound.get(folder) == state:
        return None
    damage = find_damage(folder)
    if damage is None:
        _sound[folder] = state
    return damage


def _keep_the_checkpoint_alone(partial: Path) -> None:
    """Clear the folder of a new build of what an interrupted one left, but for its checkpoint."""
    partial.mkdir(exist_ok=True)
    for left in partial.iterdir():
        if not left.is_dir():
            left.unlink()
        elif left.name != CHECKPOINT_FOLDER:
            shutil.rmtree(left)
