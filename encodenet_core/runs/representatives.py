"""The representatives of a run as a file: what its conversions should resemble."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_arrays import BrokenArrays, open_arrays
from encodenet_core.io.whole_files import write_whole

FILE_NAME = "representatives.npz"


class Representatives(NamedTuple):
    """Images `(n_representatives, height, width, channels)` uint8, and the class that each stands for."""

    images: NDArray[np.uint8]
    classes: NDArray[np.int64]


def save_representatives(representatives: Representatives, folder: Path) -> None:
    """Write them into the folder of a run."""
    arrays = representatives._asdict()
    write_whole(folder / FILE_NAME, lambda temporary: np.savez_compressed(temporary, **arrays))


def load_representatives(folder: Path) -> Representatives:
    """The representatives in the folder of a run.

    Raises:
        ConfigError: they are not there or cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ConfigError(
            f"{folder} holds no {FILE_NAME}; "
            "train its config.yaml again, which takes seconds while its stages are in the cache"
        )
    try:
        with open_arrays(path) as arrays:
            return Representatives(arrays["images"], arrays["classes"])
    except (BrokenArrays, KeyError) as error:
        raise ConfigError(f"cannot read {path}: {error}; train the run again") from None
