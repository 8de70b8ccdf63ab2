"""The versions of installed packages, and of those that a result depends on."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from encodenet_core.errors import ConfigError

BACKENDS = ("tensorflow", "jax", "torch")
"""Of Keras, in each of which this package is tested."""


def installed_versions(*packages: str) -> dict[str, str]:
    """Packages to their versions, without those that are not installed."""
    versions = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def check_backend(name: str) -> None:
    """Refuse a backend that Keras does not have, or that is not installed.

    Raises:
        ConfigError: with the command that installs it.
    """
    if name not in BACKENDS:
        raise ConfigError(
            f"KERAS_BACKEND is {name!r}, but expected is {', '.join(BACKENDS[:-1])} or {BACKENDS[-1]}"
        )
    if find_spec(name) is None:
        raise ConfigError(
            f"KERAS_BACKEND is {name}, but {name} is not installed; pip install 'decoder-search[{name}]'"
        )


def library_versions(backend: str) -> dict[str, str]:
    """What a result depends on beside its config and seed. A package that runs uninstalled has no version.

    Args:
        backend: of Keras.
    """
    libraries = installed_versions("decoder-search", "keras", backend, "scikit-learn", "numpy")
    return {"python": platform.python_version(), "backend": backend, **libraries}
