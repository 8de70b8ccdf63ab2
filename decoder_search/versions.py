"""The versions of what decides the numbers of a study."""

from __future__ import annotations

import os
from importlib.metadata import version

from decoder_search.settings import EngineName


def library_versions(*engines: EngineName) -> dict[str, str]:
    """Installed versions by package: this one, the engines, Keras, its backend and scikit-learn."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    return {name: version(name) for name in ("decoder-search", *engines, "keras", backend, "scikit-learn")}


def describe_versions() -> str:
    """The same in one line, both engines included, for what prints numbers."""
    return ", ".join(f"{name} {number}" for name, number in library_versions("optuna", "keras-tuner").items())
