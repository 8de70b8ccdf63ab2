"""The rules of the house that no linter knows; `lint-imports` checks who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
    "decoder_search/engines/keras_tuner_oracle.py",  # asked by test_keras_tuner_engine.py, like the next two
    "decoder_search/engines/keras_tuner_process.py",
    "decoder_search/engines/oracles.py",
    "decoder_search/execution/messages.py",  # spoken by test_local.py and test_worker.py
    "decoder_search/execution/process.py",  # started by test_local.py
    "decoder_search/engines/engine.py",  # a protocol without code
    "decoder_search/plots/paper.py",  # every kind of chart is drawn on both by test_kinds.py
    "decoder_search/plots/screen.py",
    "encodenet_core/architectures/layers.py",  # built by test_architectures.py, and so are the next two
    "encodenet_core/architectures/resnet9.py",
    "encodenet_core/architectures/small.py",
    "encodenet_core/errors.py",  # classes without code
    "encodenet_core/plain_yaml.py",  # read through test_config.py
}

READERS = [
    ["leaderboard", "tiny"],
    ["leaderboard", "tiny", "--format", "json"],
    ["leaderboard", "tiny", "--format", "csv"],
    ["leaderboard", "tiny", "--format", "markdown"],
    ["leaderboard", "tiny", "--by", "clustering"],
    ["leaderboard", "absent"],
    ["leaderboard", "--sort", "beauty"],
    ["compare", "tiny", "tiny"],
    ["compare", "tiny", "tiny", "--json"],
    ["compare", "tiny", "absent"],
    ["browse", "absent"],
    ["browse", "tiny"],
    ["show", "tiny", "0"],
    ["show", "tiny", "99"],
    ["export", "tiny"],
    ["export", "tiny", "--trial", "99"],
    ["export", "tiny", "--weights", "winner"],
    ["plot", "absent", "--kind", "pareto", "--output", "chart.png"],
    ["plot", "tiny", "--kind", "beauty", "--output", "chart.png"],
    ["report", "absent"],
]
"""Commands that look at a study; some of them in vain."""

OTHERS = [
    ["--help"],
    ["run", "--help"],
    ["spaces"],
    ["spaces", "--schema"],
    ["run", "absent"],
    ["confirm", "absent"],
    ["importance", "absent"],
    ["dashboard", "absent"],
    ["run", "--mirror", "postgresql://"],
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
    in_vain = not {"absent", "beauty", "99", "browse"}.isdisjoint(arguments)  # a test is no terminal
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


@pytest.mark.parametrize("suffix", ["png", "html"])
def test_a_chart_of_a_study_loads_optuna_and_no_keras(
    suffix: str, decoder_search: Callable[..., Any], real_study: Any
) -> None:
    run = decoder_search(
        "plot", "tiny", "--kind", "pareto", "--output", f"chart.{suffix}", "--results", real_study.results
    )
    assert run.exit_code == 0, run.errors
    assert "optuna" in run.loaded
    assert not COMPUTING.intersection(run.loaded)


def test_the_driver_takes_only_light_names_from_the_core() -> None:
    taken = {
        named(path): names_from_the_core(path)
        for path in SOURCES
        if named(path).startswith("decoder_search/")
    }
    loading_keras = ("objective", "spending", "retraining", "illustration", "hypermodel")
    of_workers = set().union(*(taken.pop(f"decoder_search/{name}.py") for name in loading_keras))
    of_the_driver = set().union(*taken.values())
    assert {"ConfigError", "write_text", "read_yaml", "run_command_line"} <= of_the_driver
    assert not COMPUTING & loaded_for(of_the_driver)
    assert {"keras", "sklearn"} <= loaded_for(of_workers)


def names_from_the_core(path: Path) -> set[str]:
    """What a file of the search takes from the core, which it names as a whole and no file of."""
    taken = [(module, names) for module, names in imports(path) if module.startswith("encodenet_core")]
    assert {module for module, _ in taken} <= {"encodenet_core"}
    assert all(names for _, names in taken), f"{named(path)} imports the core without naming what it takes"
    return {name for _, names in taken for name in names}


def loaded_for(names: set[str]) -> set[str]:
    """The packages that a fresh process has loaded once it has resolved these public names of the core."""
    program = (
        "import sys, encodenet_core\n"
        f"for name in {sorted(names)!r}: getattr(encodenet_core, name)\n"
        "print(*{module.partition('.')[0] for module in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_file_holds_one_idea_and_says_which() -> None:
    texts = {named(path): path.read_text(encoding="utf-8") for path in SOURCES}
    lengths = {name: len(text.splitlines()) for name, text in texts.items()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FILE} == {}
    assert [name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))] == []
    assert [path for path in SOURCES if EMPTY_WORDS.intersection(path.stem.split("_"))] == []


def test_a_function_fits_on_a_screen() -> None:
    lengths = {
        f"{function.name} in {named(path)}": (function.end_lineno or 0) - function.lineno + 1
        for path in SOURCES
        for function in functions(path)
        if not is_command(function)
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION} == {}


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the parameters of a function are the options of a command, which take a line each."""
    parameters = [parameter.annotation for parameter in function.args.args]
    options = ("typer.Option(", "typer.Argument(")
    return any(option in ast.unparse(each) for each in parameters if each for option in options)


def test_nothing_is_pickled() -> None:
    imported = {module.partition(".")[0] for path in SOURCES for module, _ in imports(path)}
    assert imported.isdisjoint({"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"})
    calls = [node for path in SOURCES for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    arrays = [call for call in calls if ast.unparse(call.func) in ("np.load", "np.save")]
    models = [call for call in calls if ast.unparse(call.func) == "keras.saving.load_model"]
    assert arrays and models
    assert [ast.unparse(call) for call in arrays if "allow_pickle=False" not in ast.unparse(call)] == []
    assert [ast.unparse(call) for call in models if "safe_mode=True" not in ast.unparse(call)] == []


def test_a_test_lies_where_its_source_does() -> None:
    tested = {source_of(path) for path in TESTS}
    assert tested - {named(path) for path in SOURCES} == set()
    with_code = {named(path) for path in SOURCES if path.name != "__init__.py" and path.parent.name != "cli"}
    assert with_code - tested - WITHOUT_A_TEST_OF_THEIR_OWN == set()


def source_of(test: Path) -> str:
    """The file that a test file is about; a package's own test is called `init` or like the package."""
    name = test.stem.removeprefix("test_")
    source = "__init__" if name in ("init", test.parent.name) else name
    return named(test.with_name(f"{source}.py")).removeprefix("tests/")
