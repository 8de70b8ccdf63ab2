"""Every option and argument of both programs that names a file or a folder takes `~` and `$VARIABLES`."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from decoder_search.mirror.address import MirrorAddress
from encodenet_core.stages.layout import default_cache_folder

WORDS = {
    "--accuracy", "--by", "--class", "--engine", "--format", "--from", "--gpus", "--host", "--images",
    "--keep", "--kind", "--max-disk", "--methods", "--metric", "--objective", "--pruner", "--quantize",
    "--ray", "--reconstruction", "--rivals", "--sampler", "--set", "--sort", "--study", "--time-budget",
    "--trial", "--trial-memory", "--trial-timeout", "--tuner", "--workers", "studies", "study",
    "--mirror",  # a URL may hold a password with such signs: `MirrorAddress` looks at paths alone
}  # fmt: skip
"""Options and arguments whose text is no path."""


def leaves(annotation: Any) -> Iterator[Any]:
    """The plain types in such as `list[Path] | None`."""
    inner = get_args(annotation)
    yield from (leaf for each in inner for leaf in leaves(each)) if inner else (annotation,)


def params(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any, Any]]:
    """Those of a command and of the commands below it that take a path, or a text that may be one."""
    for name, below in getattr(command, "commands", {}).items():
        yield from params(below, (*words, name))
    if hasattr(command, "commands"):
        return
    types = inspect.signature(command.callback, eval_str=True).parameters
    for param in command.params:
        takes, *_ = get_args(types[param.name].annotation) if param.name in types else (str,)
        if {*leaves(takes)} & {Path, str}:
            yield " ".join((*words, max(param.opts, key=len))), command, param


def every_text() -> dict[str, tuple[Any, Any]]:
    """The parameter and its command, by program, command and option."""
    programs = ("decoder_search.cli", "encodenet_core.cli")
    apps = [(program, typer.main.get_command(import_module(program).app)) for program in programs]
    found = [each for program, app in apps for each in params(app, (program,))]
    return {name: (command, param) for name, command, param in found}


TEXTS = every_text()


def test_options_of_paths_are_found() -> None:
    assert {"encodenet_core.cli train --output", "decoder_search.cli run --results"} <= TEXTS.keys()
    assert len(TEXTS) > 50


@pytest.mark.parametrize("name", sorted(name for name in TEXTS if name.split()[-1] not in WORDS))
def test_a_path_on_the_command_line_is_what_a_shell_makes_of_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("PLACE", "/place")
    command, param = TEXTS[name]
    context = command.make_context("test", [], resilient_parsing=True)
    for written, meant in (("~/a.yaml", "/home/ada/a.yaml"), ("$PLACE/a.yaml", "/place/a.yaml")):
        several = param.multiple or param.nargs != 1
        context.resilient_parsing = False
        value = param.process_value(context, [written] if several else written)
        assert [str(each) for each in (value if several else [value])] == [meant]


def test_words_are_options_that_there_are() -> None:
    assert {name.split()[-1] for name in TEXTS} >= WORDS


def test_variables_of_the_environment_hold_such_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("ENCODENET_CACHE", "~/stages")
    assert default_cache_folder() == Path("/home/ada/stages")
    monkeypatch.delenv("ENCODENET_CACHE")
    assert default_cache_folder() == Path("/home/ada/.cache/encodenet")


def test_the_path_of_a_mirror_is_what_a_shell_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert MirrorAddress.parse("~/mirror.log", tmp_path).text == "/home/ada/mirror.log"
    assert MirrorAddress.parse("sqlite:///~/mirror.db?a=$HOME", tmp_path).text == (
        "sqlite:////home/ada/mirror.db?a=$HOME"
    )
    server = "postgresql://ada:$HOME@host/name"
    assert MirrorAddress.parse(server, tmp_path).text == server
