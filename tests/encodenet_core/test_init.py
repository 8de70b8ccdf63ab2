from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import encodenet_core

HEAVY = ("keras", "tensorflow", "sklearn", "matplotlib", "torch", "jax")


def modules_after(code: str) -> list[str]:
    """Which heavy packages a fresh interpreter has loaded after running some code."""
    script = (
        f"import json, sys\n{code}\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def names_for_type_checkers() -> dict[str, str]:
    tree = ast.parse(Path(encodenet_core.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: str(node.module)
        for node in imports
        for alias in node.names
        if str(node.module).startswith("encodenet_core.")
    }


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import encodenet_core") == []


def test_reading_a_config_loads_nothing_heavy() -> None:
    assert modules_after("from encodenet_core import EncodeNetConfig, build_config; build_config({})") == []


@pytest.mark.parametrize("name", encodenet_core.__all__)
def test_every_name_leads_to_its_home(name: str) -> None:
    home = import_module(names_for_type_checkers()[name])
    assert getattr(encodenet_core, name) is getattr(home, name)


def test_the_names_for_type_checkers_are_the_public_ones() -> None:
    assert sorted(names_for_type_checkers()) == sorted(encodenet_core.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'encodenet_core' has no attribute 'Student'"):
        encodenet_core.Student  # noqa: B018
