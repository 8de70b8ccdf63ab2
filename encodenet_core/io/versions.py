"""The versions of the libraries that a result depends on."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version


def library_versions(backend: str) -> dict[str, str]:
    """What a result depends on beside its config and seed. A package that runs uninstalled has no version.

    Args:
        backend: of Keras.
    """
    versions = {"python": platform.python_version(), "backend": backend}
    for name in ("decoder-search", "keras", backend, "scikit-learn", "numpy"):
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions
