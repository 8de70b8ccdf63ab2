"""A cache of finished stages, addressed by what they read: same inputs, same key, computed once.

A stage is a folder of plain files (`.npy`, `.json`, `.keras`). It is built in a temporary folder and moved
into place whole; processes that want the same stage wait for the first of them to finish it.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import sklearn

from encodenet_core.config import stable_hash
from encodenet_core.files import sync_file, sync_folder

CHECKPOINT_FOLDER = "checkpoint"

STAGE_VERSIONS = {
    "dataset": 1,
    "baseline": 2,
    "embedding": 1,
    "clusters": 1,
    "autoencoder": 1,
    "encodenet": 1,
    "control_training": 2,
    "control_features": 2,
}
"""Raised when the meaning of a stage's files changes."""


class StageCache:
    """Finished stages under one root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def key(self, stage: str, inputs: Mapping[str, Any]) -> str:
        """The address of a stage: its name and a hash of all that its result depends on."""
        backend = keras.backend.backend()
        environment = {
            "version": STAGE_VERSIONS[stage],
            "backend": f"{backend} {version(backend)}",
            "keras": keras.__version__,
            "numpy": np.__version__,
            "sklearn": sklearn.__version__,
        }
        return f"{stage}-{stable_hash({'inputs': dict(inputs), 'environment': environment})}"

    def obtain(self, stage: str, inputs: Mapping[str, Any], build: Callable[[Path], None]) -> Path:
        """The folder of a finished stage; where there is none, `build` fills it first.

        Args:
            stage: one of `STAGE_VERSIONS`.
            inputs: JSON values that the result depends on, keys of earlier stages among them.
            build: writes the stage's files into the empty folder that it is given.
        """
        folder = self.root / self.key(stage, inputs)
        if folder.is_dir():
            return folder
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                self._build(folder, build)
        return folder

    def _build(self, folder: Path, build: Callable[[Path], None]) -> None:
        for abandoned in self.root.glob(f".{folder.name}-*"):
            shutil.rmtree(abandoned, ignore_errors=True)  # left by a process that was killed at it
        private = Path(tempfile.mkdtemp(dir=self.root, prefix=f".{folder.name}-"))
        try:
            build(private)
            shutil.rmtree(private / CHECKPOINT_FOLDER, ignore_errors=True)
            for path in private.iterdir():
                sync_file(path)
            sync_folder(private)
            private.rename(folder)
        except BaseException:
            shutil.rmtree(private, ignore_errors=True)
            raise
        sync_folder(self.root)
