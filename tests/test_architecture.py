"""The rules of the house that no linter knows; `lint-imports` checks who may import whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("decoder_search", "encodenet_core")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path for package in PACKAGES for path in (ROOT / "tests" / package).rglob("test_*.py"))

MOST_LINES_OF_THE_MAP = 120
MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
EMPTY_WORDS = {"utils", "util", "common", "helpers", "helper", "base", "misc", "manager", "core", "lib"}


WITHOUT_A_TEST_OF_THEIR_OWN = {
    "decoder_search/engines/keras_tuner/oracle.py",  # asked by test_engine.py beside it, like the next two
    "decoder_search/engines/keras_tuner/main.py",
    "decoder_search/engines/keras_tuner/oracles.py",
    "decoder_search/execution/cluster.py",  # values; these and the actors are tried by ray/test_executor.py
    "decoder_search/execution/ray/actor_pool.py",
    "decoder_search/execution/ray/report_queue.py",
    "decoder_search/execution/ray/worker_actor.py",
    "decoder_search/execution/messages.py",  # spoken by test_local.py and test_serving.py
    "decoder_search/execution/process.py",  # started by test_local.py
    "decoder_search/engines/engine.py",  # a protocol without code
    "decoder_search/views/plots/paper.py",  # every kind of chart is drawn on both by test_kinds.py
    "decoder_search/views/plots/screen.py",
    "decoder_search/worker/main.py",  # started by every study; the next two are asked by test_tasks.py
    "decoder_search/worker/preparation.py",
    "decoder_search/worker/trial.py",
    "encodenet_core/config_section.py",  # its parts, all of them, by test_config.py
    "encodenet_core/recipe_defaults.py",  # a table, held to that of training/recipes.py by its test
    "encodenet_core/training/scanning.py",  # held to single steps by test_epochs.py on JAX
    "encodenet_core/models/architectures/layers.py",  # built by test_architectures.py, like the next
    "encodenet_core/models/architectures/resnet9.py",
    "encodenet_core/models/architectures/small.py",
}

WRITES_ITSELF = {
    "decoder_search/analysis/export.py": "into a private folder, which move_into_place empties",
    "decoder_search/mirror/dashboard.py": "copies in a folder that goes with the process",
    "decoder_search/engines/keras_tuner/process.py": "adds a traceback to a log",
    "decoder_search/execution/ray/files.py": "what write_whole is given; checkpoints, see checkpoints.py",
    "decoder_search/execution/process.py": "a log, which a worker prints to",
    "decoder_search/execution/ray/connection.py": "a file without a name, for what Ray prints",
    "decoder_search/execution/ray/executor.py": "adds to a log what a worker elsewhere printed",
    "decoder_search/execution/ray/scratch.py": "makes a folder that goes with the process",
    "decoder_search/engines/keras_tuner/hypermodel.py": "checkpoints in a folder that goes with the process",
    "decoder_search/driver/weights.py": "moves what is deleted out of the way",
    "decoder_search/records/lock.py": "says who holds a study; means nothing once that process is gone",
    "decoder_search/worker/trial.py": "a copy of a checkpoint, see checkpoints.py",
    "decoder_search/views/report/charts.py": "in a folder that goes at once",
    "encodenet_core/baseline.py": "a stage",
    "encodenet_core/training/checkpoints.py": "not fsynced: damage is found by its checksum",
    "encodenet_core/cli/session.py": "tries whether a folder can be written to",
    "encodenet_core/io/json_lines.py": "appends lines, each fsynced but for reports",
    "encodenet_core/io/plain_arrays.py": "arrays of stages",
    "encodenet_core/stages/contents.py": "a stage",
    "encodenet_core/io/command_line.py": "opens where nothing is kept",
    "encodenet_core/controls.py": "a stage",
    "encodenet_core/export/writing.py": "into a private folder, which handover.py moves into place",
    "encodenet_core/export/speed.py": "in a folder that goes at once",
    "encodenet_core/io/whole_files.py": "the one place for files that are whole or not there",
    "encodenet_core/training/fitting.py": "calls checkpoints.py",
    "encodenet_core/export/handover.py": "makes the private folder, which move_into_place empties",
    "encodenet_core/runs/picture.py": "what write_whole is given",
    "encodenet_core/models/loading.py": "a link of another name in a folder that goes at once",
    "encodenet_core/models/quiet.py": "holds messages back in a file without a name",
    "encodenet_core/runs/saving.py": "into a private folder, which move_into_place empties",
    "encodenet_core/stages/layout.py": "tries whether a folder can be written to",
    "encodenet_core/stages/locks.py": "locks, and moves what is deleted out of the way",
    "encodenet_core/stages/transfer.py": "into a private folder, which move_into_place moves",
    "encodenet_core/stages/cache.py": "moves a stage into place, whose files write_manifest has fsynced",
    "encodenet_core/models/weights.py": "what write_whole is given, and stages",
}
"""Files that write without `write_whole`, and why they may; a stage is fsynced before it moves into place."""

WRITERS = {"write_text", "write_bytes", "save", "savez", "savez_compressed", "savefig", "tofile", "touch"}
WRITERS |= {"copyfile", "copytree", "copy2", "copyfileobj", "move", "rename", "symlink_to"}
WRITERS |= {"truncate", "ftruncate", "pwrite", "mkstemp", "mkdtemp"}
WRITERS |= {"TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory"}


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


def test_the_search_names_the_rooms_of_the_core_because_the_linter_sees_no_lazy_names() -> None:
    searching = [path for path in SOURCES if named(path).startswith("decoder_search/")]
    lazily = {named(path) for path in searching for module, _ in imports(path) if module == "encodenet_core"}
    assert lazily == set()


def test_the_map_names_every_room_and_fits_on_two_screens() -> None:
    lines = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES_OF_THE_MAP
    drawn = [line.split()[0] for line in lines if re.match(r" {6}[a-z]+/ ", line)]
    rooms = [f"{room.name}/" for package in PACKAGES for room in (ROOT / package).iterdir() if room.is_dir()]
    assert sorted(drawn) == sorted(room for room in rooms if not room.startswith("__"))


def test_every_room_is_one_sentence() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("__init__.py"):
            sentence = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
            assert sentence.endswith("."), named(path)


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
    return any(re.search(r"(Option|Argument)\b", ast.unparse(each)) for each in parameters if each)


def test_nothing_is_pickled() -> None:
    imported = {module.partition(".")[0] for path in SOURCES for module, _ in imports(path)}
    assert imported.isdisjoint({"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"})
    calls = [node for path in SOURCES for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    arrays = [call for call in calls if ast.unparse(call.func) in ("np.load", "np.save")]
    models = [call for call in calls if ast.unparse(call.func) == "keras.saving.load_model"]
    assert arrays and models
    assert [ast.unparse(call) for call in arrays if "allow_pickle=False" not in ast.unparse(call)] == []
    assert [ast.unparse(call) for call in models if "safe_mode=True" not in ast.unparse(call)] == []


def test_a_file_is_written_whole_but_where_it_is_known_why_not() -> None:
    found = {named(path) for path in SOURCES if any(map(writes, calls_outside_write_whole(tree(path))))}
    assert found == set(WRITES_ITSELF)


def calls_outside_write_whole(node: ast.AST) -> Iterator[ast.Call]:
    """Every call but those that fill the temporary file of `write_whole`."""
    if isinstance(node, ast.Call):
        if ast.unparse(node.func) == "write_whole":
            return
        yield node
    for child in ast.iter_child_nodes(node):
        yield from calls_outside_write_whole(child)


def writes(call: ast.Call) -> bool:
    """Whether a call writes, creates or moves a file, as far as its name and its arguments tell."""
    whole, arguments = ast.unparse(call.func), [ast.unparse(argument) for argument in call.args]
    if isinstance(call.func, ast.Name) and whole == "write_text":
        return False  # ours, of files.py
    name = whole.rpartition(".")[2]
    if name in ("open", "fdopen"):
        flags = re.search(r"O_(WRONLY|RDWR|CREAT|APPEND)", " ".join(arguments))
        modes = [*arguments, *(ast.unparse(keyword.value) for keyword in call.keywords)]
        return bool(flags) or any(re.fullmatch(r"'[rbt]*[wax+][wabt+]*'", mode) for mode in modes)
    if name == "replace":  # that of a path has one argument, that of a text two
        return len(call.args) == 1 and not call.keywords and not whole.startswith("dataclasses")
    return name in WRITERS


def test_writers_are_told_from_others() -> None:
    writing = [
        "open(path, 'w')",
        "path.open('ab')",
        "path.open(mode='x')",
        "os.open(path, os.O_RDWR | os.O_CREAT, 0o644)",
        "path.write_text(text)",
        "temporary.replace(path)",
        "np.save(path, array)",
        "model.save(path)",
        "shutil.copyfile(one, other)",
    ]
    others = [
        "open(path)",
        "path.open('rb')",
        "os.open(path, os.O_RDONLY)",
        "write_text(path, text)",
        "text.replace('a', 'b')",
        "replace(trial, state='failed')",
        "write_whole(path, lambda temporary: picture.save(temporary))",
    ]
    for code, expected in ((writing, True), (others, False)):
        for line in code:
            assert any(map(writes, calls_outside_write_whole(ast.parse(line)))) is expected, line


def test_a_test_lies_where_its_source_does() -> None:
    tested = {source_of(path) for path in TESTS}
    assert tested - {named(path) for path in SOURCES} == set()
    with_code = {named(path) for path in SOURCES if path.name != "__init__.py" and path.parent.name != "cli"}
    assert with_code - tested - WITHOUT_A_TEST_OF_THEIR_OWN == set()


def source_of(test: Path) -> str:
    """The file that a test file is about: `test_clustering_threads.py` tests `clustering.py`.

    A package's own test is called `init` or like the package.
    """
    words = test.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    names += ["__init__"] * (names[0] in ("init", test.parent.name))
    sources = [named(test.with_name(f"{name}.py")).removeprefix("tests/") for name in names]
    return next((source for source in sources if (ROOT / source).is_file()), sources[0])
