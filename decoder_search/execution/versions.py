"""The versions of what decides the numbers of a study."""

from __future__ import annotations

import os

from encodenet_core.io.versions import installed_versions


def library_versions(*packages: str) -> dict[str, str]:
    """Installed versions by package: this one, those asked for, Keras, its backend and scikit-learn."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    return installed_versions("decoder-search", *packages, "keras", backend, "scikit-learn")


def describe_versions() -> str:
    """The versions that decide numbers in one line, both engines included."""
    return ", ".join(f"{name} {number}" for name, number in library_versions("optuna", "keras-tuner").items())
