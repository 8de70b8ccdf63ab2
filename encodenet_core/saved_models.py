"""The door through which Keras models come in from the disk."""

from __future__ import annotations

from pathlib import Path

import keras

from encodenet_core.errors import ConfigError

_LONGEST_REASON = 120


def load_model(path: Path) -> keras.Model:
    """The model in a `.keras` file, for inference, loaded without running code from the file.

    Raises:
        ConfigError: there is no such file, or Keras cannot load it.
    """
    if not path.is_file():
        raise ConfigError(f"{str(path)!r} is no file; give the path of a trained .keras classifier")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a bad file may be any of zipfile's, h5py's and Keras's errors
        lines = str(error).strip().splitlines() or [type(error).__name__]
    raise ConfigError(
        f"{str(path)!r} cannot be loaded ({lines[0][:_LONGEST_REASON]}); give a .keras file saved by Keras 3"
    )
