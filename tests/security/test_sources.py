"""What our code may not even be able to do, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("decoder_search", "encodenet_core")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

PICKLING = {
    "pickle",
    "cPickle",
    "_pickle",
    "cloudpickle",
    "dill",
    "joblib",
    "marshal",
    "shelve",
    "jsonpickle",
}
RUNNING_TEXT = {"eval", "exec", "compile", "__import__", "execfile"}
DOORS = {
    "np.load": {"encodenet_core/io/plain_arrays.py"},
    "npy.read_array": {"encodenet_core/io/plain_arrays.py"},
    "zipfile.ZipFile": {
        "encodenet_core/io/plain_arrays.py", "encodenet_core/models/file_kinds.py",
        "encodenet_core/models/keras_notes.py", "encodenet_core/models/loading.py",
    },
    "h5py.File": {"encodenet_core/models/hdf5_files.py"},
    "keras.saving.load_model": {"encodenet_core/models/loading.py"},
    "yaml.load": {"encodenet_core/io/plain_yaml.py"},
    "Image.open": {
        "decoder_search/views/report/album.py", "encodenet_core/data/pictures.py",
        "encodenet_core/runs/picture_rows.py",
    },
    "subprocess.Popen": {"decoder_search/execution/process.py"},
}  # fmt: skip
"""Calls that open what somebody else may have made, and the files that may hold them."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """The name of every function that a file calls, and the whole call."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), ast.unparse(node)


@cache
def all_calls() -> list[tuple[str, str, str]]:
    return [(named(path), function, call) for path in SOURCES for function, call in calls(path)]


def test_nothing_that_pickles_is_imported() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            )
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert PICKLING.isdisjoint(name.partition(".")[0] for name in names), named(path)


def test_no_text_is_run() -> None:
    found = [(file, call) for file, function, call in all_calls() if function in RUNNING_TEXT]
    assert found == []
    shells = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "os.spawnlp")
    assert [call for _, function, call in all_calls() if function in shells or "shell=True" in call] == []


def test_modules_are_imported_by_names_of_our_own_alone() -> None:
    found = [(file, call) for file, function, call in all_calls() if function.endswith("import_module")]
    assert {file for file, _ in found} == {"decoder_search/__init__.py", "encodenet_core/__init__.py"}
    assert {call for _, call in found} == {"import_module(f'{__name__}.{_HOMES[name]}')"}


@pytest.mark.parametrize("function", DOORS)
def test_what_others_made_comes_in_through_known_doors(function: str) -> None:
    files = {file for file, called, _ in all_calls() if called == function}
    assert files == DOORS[function]


def test_each_door_is_closed_to_code() -> None:
    wanted = {
        "np.load": "allow_pickle=False",
        "np.save": "allow_pickle=False",
        "npy.read_array": "allow_pickle=False",
        "keras.saving.load_model": "safe_mode=True",
        "Image.open": "formats=",
    }
    for file, function, call in all_calls():
        if function in wanted:
            assert wanted[function] in call, f"{file}: {call}"
    every = [call for _, _, call in all_calls()]
    assert [call for call in every if "allow_pickle=True" in call or "safe_mode=False" in call] == []
    assert [call for call in every if "enable_unsafe_deserialization" in call] == []


def test_nothing_loads_what_only_a_pickle_could_hold() -> None:
    functions = {function for _, function, _ in all_calls()}
    assert not functions & {
        "torch.load", "torch.save", "np.fromfile", "pd.read_pickle", "yaml.unsafe_load", "yaml.full_load",
        "yaml.load_all", "yaml.safe_load", "tf.saved_model.load", "keras.models.load_model",
    }  # fmt: skip
    loaders = [call for _, function, call in all_calls() if function == "yaml.load"]
    assert loaders == ["yaml.load(text, _PlainLoader)"]


def test_no_linter_of_security_is_silenced_without_a_reason() -> None:
    silenced = [
        (named(path), line.strip())
        for path in SOURCES
        for line in path.read_text(encoding="utf-8").splitlines()
        if "noqa: S" in line
    ]
    assert all(line.partition("noqa: S")[2][3:].strip(" -,") for _, line in silenced), silenced
    assert len(silenced) <= 5
