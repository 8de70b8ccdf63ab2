"""The rules of the house that no linter knows; `lint-imports` checks who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import encodenet_core

ROOT = Path(__file__).parents[1]
PACKAGES = ("decoder_search", "encodenet_core")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path for package in PACKAGES for path in (ROOT / "tests" / package).rglob("test_*.py"))

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
EMPTY_WORDS = {"utils", "util", "common", "helpers", "helper", "base", "misc", "manager", "core", "lib"}

COMPUTING = {"keras", "keras_tuner", "tensorflow", "sklearn", "torch", "jax"}
"""What the driver of a study leaves to its workers."""

WITHOUT_A_TEST_OF_THEIR_OWN = {
    "decoder_search/execution/messages.py",  # spoken by test_local.py and test_worker.py
    "decoder_search/execution/process.py",  # started by test_local.py
    "encodenet_core/errors.py",  # classes without code
}

READERS = [
    ["leaderboard", "tiny"],
    ["leaderboard", "tiny", "--format", "json"],
    ["leaderboard", "tiny", "--format", "csv"],
    ["leaderboard", "tiny", "--format", "markdown"],
    ["leaderboard", "tiny", "--by", "clustering"],
    ["leaderboard", "absent"],
    ["leaderboard", "--sort", "beauty"],
    ["show", "tiny", "0"],
    ["show", "tiny", "99"],
    ["export", "tiny"],
    ["export", "tiny", "--trial", "99"],
]
"""Commands that look at a study; some of them in vain."""

OTHERS = [
    ["--help"],
    ["run", "--help"],
    ["spaces"],
    ["run", "absent"],
    ["run", "--trials", "0"],
    ["run", "--set", "decoder.depth=99"],
]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def imports(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Every imported module, with the names taken from it, wherever in the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", [alias.name for alias in node.names]


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_a_look_at_a_study_loads_neither_keras_nor_optuna(
    arguments: list[str], decoder_search: Callable[..., Any], real_study: Any
) -> None:
    run = decoder_search(*arguments, "--results", real_study.results)
    in_vain = not {"absent", "beauty", "99"}.isdisjoint(arguments)
    assert run.exit_code == (2 if in_vain else 0), run.errors
    assert not (COMPUTING | {"optuna"}).intersection(run.loaded)


@pytest.mark.parametrize("arguments", OTHERS, ids=" ".join)
def test_help_spaces_and_refusals_load_neither_keras_nor_optuna(
    arguments: list[str], decoder_search: Callable[..., Any]
) -> None:
    run = decoder_search(*arguments)
    assert "typer" in run.loaded
    assert not (COMPUTING | {"optuna"}).intersection(run.loaded)


def test_the_driver_of_a_whole_study_loads_optuna_and_no_keras(real_study: Any) -> None:
    assert real_study.command.exit_code == 0
    assert "optuna" in real_study.command.loaded
    assert not COMPUTING.intersection(real_study.command.loaded)


def test_the_driver_takes_only_light_names_from_the_core() -> None:
    light = {name for name, home in encodenet_core._HOMES.items() if home in ("config", "errors")}
    drivers = [path for path in SOURCES if named(path).startswith("decoder_search/")]
    heavy = {
        named(path): set(names) - light
        for path in drivers
        for module, names in imports(path)
        if module == "encodenet_core" and set(names) - light
    }
    assert list(heavy) == ["decoder_search/objective.py"]


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_holds_one_idea_and_says_which(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_A_FILE
    assert ast.get_docstring(tree(path)), "the docstring is missing"
    assert EMPTY_WORDS.isdisjoint(path.stem.split("_")), "the name says nothing"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    long = [
        f"{function.name} has {function.end_lineno - function.lineno + 1} lines"
        for function in functions(path)
        if function.end_lineno is not None
        and function.end_lineno - function.lineno >= MOST_LINES_OF_A_FUNCTION
        and not is_command(function)
    ]
    assert not long


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the parameters of a function are the options of a command, which take a line each."""
    return any(ast.unparse(decorator).startswith("app.command(") for decorator in function.decorator_list)


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_is_pickled(path: Path) -> None:
    modules = {module.partition(".")[0] for module, _ in imports(path)}
    assert modules.isdisjoint({"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"})
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert options.get("allow_pickle", "False") == "False"
            assert options.get("safe_mode", "True") == "True"
            if ast.unparse(node.func) in ("np.load", "np.save"):
                assert "allow_pickle" in options, ast.unparse(node)


def test_a_test_lies_where_its_source_does() -> None:
    tested = {named(path).removeprefix("tests/").replace("/test_", "/") for path in TESTS}
    sources = {named(path) for path in SOURCES}
    packages = {f"{source.removesuffix('/__init__.py')}.py" for source in sources}
    assert tested <= sources | packages
    with_code = {source for source in sources if not source.endswith("/__init__.py")}
    assert with_code - tested <= WITHOUT_A_TEST_OF_THEIR_OWN
