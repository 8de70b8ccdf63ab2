"""The versions of installed packages, and of those that a result depends on."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version


def installed_versions(*packages: str) -> dict[str, str]:
    """Packages to their versions, without those that are not installed."""
    versions = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def library_versions(backend: str) -> dict[str, str]:
    """What a result depends on beside its config and seed. A package that runs uninstalled has no version.

    Args:
        backend: of Keras.
    """
    libraries = installed_versions("decoder-search", "keras", backend, "scikit-learn", "numpy")
    return {"python": platform.python_version(), "backend": backend, **libraries}
