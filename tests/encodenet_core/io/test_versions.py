from __future__ import annotations

import platform
from importlib.metadata import version

from encodenet_core.io.versions import installed_versions, library_versions


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
