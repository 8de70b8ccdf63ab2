"""What Keras Tuner needs beside itself, looked for before it fails without a word."""

from __future__ import annotations

from importlib.util import find_spec

from encodenet_core.errors import ConfigError

PACKAGES = {"keras_tuner": "keras-tuner", "tensorboard": "tensorboard"}
"""Names to import, and to install. Without tensorboard Keras Tuner fails every trial and ends as usual."""


def check_packages() -> None:
    """Raise a ConfigError where Keras Tuner cannot run; imports nothing."""
    missing = [package for module, package in PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise ConfigError(
            f"Keras Tuner needs {' and '.join(missing)}, which is not installed here; "
            f"run `pip install {' '.join(missing)}`"
        )
