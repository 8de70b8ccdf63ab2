from __future__ import annotations

import platform
from importlib.metadata import version

import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.io.versions import check_backend, installed_versions, library_versions


def test_the_versions_of_what_decides_numbers_are_those_installed() -> None:
    told = library_versions("tensorflow")
    assert told["python"] == platform.python_version()
    assert told["backend"] == "tensorflow"
    assert {name: told[name] for name in ("tensorflow", "keras", "scikit-learn", "numpy")} == {
        name: version(name) for name in ("tensorflow", "keras", "scikit-learn", "numpy")
    }


def test_what_is_not_installed_has_no_version() -> None:
    assert installed_versions("numpy", "no-package-of-this-name") == {"numpy": version("numpy")}


def test_a_backend_that_is_not_installed_has_no_version() -> None:
    assert "no-backend-of-this-name" not in library_versions("no-backend-of-this-name")


def test_a_backend_is_one_of_keras_and_installed() -> None:
    check_backend("tensorflow")
    with pytest.raises(
        ConfigError, match="KERAS_BACKEND is 'theano', but expected is tensorflow, jax or torch"
    ):
        check_backend("theano")
