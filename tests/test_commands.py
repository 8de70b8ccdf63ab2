"""What all commands share: exit codes, JSON for programs, colours, completion."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

Command = Callable[..., Any]

COLOUR = re.compile(r"\x1b\[[\d;]*?(?<!\d)(3[0-8]|4[0-8]|9\d|10\d)(?!\d)[\d;]*m")

PRINTS_A_TABLE = {
    "decoder-search": ["compare", "confirm", "importance", "leaderboard", "show", "spaces"],
    "encodenet": [
        "ablate",
        "architectures",
        "compare-clusterings",
        "compare-exits",
        "compare-methods",
        "evaluate",
        "export",
        "inspect",
        "predict",
        "train",
    ],  # fmt: skip
}

APPS = {"decoder-search": "decoder_search.cli", "encodenet": "encodenet_core.cli"}


def call(module: str, *arguments: str, prepare: str = "pass") -> subprocess.CompletedProcess[str]:
    program = f"import sys, {module} as cli; sys.argv[0] = 'program'; {prepare}; cli.main()"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("module", APPS.values())
def test_success_is_exit_code_0(module: str) -> None:
    assert call(module, "--help").returncode == 0


@pytest.mark.parametrize("module", APPS.values())
@pytest.mark.parametrize("arguments", [["absent"], ["--absent"]])
def test_a_command_that_is_not_understood_is_exit_code_2(module: str, arguments: list[str]) -> None:
    refused = call(module, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("decoder_search.cli", ["leaderboard", "--results", "/nowhere"]),
        ("decoder_search.cli", ["leaderboard", "--json", "--format", "csv"]),
        ("encodenet_core.cli", ["train", "--set", "decoder.depht=2"]),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(module: str, arguments: list[str]) -> None:
    refused = call(module, *arguments)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert refused.stderr.startswith("error: ")


@pytest.mark.parametrize("module", APPS.values())
def test_a_broken_program_is_a_traceback_and_exit_code_1(module: str) -> None:
    broken = call(module, "broken", prepare="cli.app.command('broken')(lambda: 1 / 0)")
    assert broken.returncode == 1
    assert broken.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("module", APPS.values())
def test_ctrl_c_is_exit_code_130_without_a_traceback(module: str) -> None:
    stop = "stop = lambda: signal.raise_signal(signal.SIGINT)"
    prepare = f"import signal; {stop}; cli.app.command('stop')(stop)"
    stopped = call(module, "stop", prepare=prepare)
    assert (stopped.returncode, "Traceback" in stopped.stderr) == (130, False)


def test_a_damaged_stage_is_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path))
    assert call("encodenet_core.cli", "cache", "verify").returncode == 0
    stage = tmp_path / "dataset-0123456789abcdef"
    stage.mkdir()
    (stage / "manifest.json").write_text("no JSON")
    damaged = call("encodenet_core.cli", "cache", "verify")
    assert (damaged.returncode, "1 damaged" in damaged.stdout) == (1, True)


@pytest.mark.parametrize(
    ("program", "name"), [(program, name) for program, names in PRINTS_A_TABLE.items() for name in names]
)
def test_a_command_that_prints_a_table_prints_json_too(program: str, name: str) -> None:
    from importlib import import_module

    command: Any = typer.main.get_command(import_module(APPS[program]).app)
    options = [option for parameter in command.commands[name].params for option in parameter.opts]
    assert "--json" in options


@pytest.mark.parametrize(
    "arguments",
    [["leaderboard", "tiny"], ["show", "tiny", "0"], ["spaces"], ["compare", "tiny", "tiny"]],
    ids=" ".join,
)
def test_json_is_all_that_is_printed(arguments: list[str], decoder_search: Command, real_study: Any) -> None:
    place = () if arguments == ["spaces"] else ("--results", real_study.results)
    printed = decoder_search(*arguments, "--json", *place)
    assert (printed.exit_code, printed.errors) == (0, "")
    assert json.loads(printed.output)


def test_the_json_of_a_trial_is_its_record_with_its_rank_and_files(
    decoder_search: Command, real_study: Any
) -> None:
    rows = json.loads(decoder_search("leaderboard", "--json", "--results", real_study.results).output)
    best = rows[0]["trial"]
    told = json.loads(decoder_search("show", "tiny", best, "--json", "--results", real_study.results).output)
    assert (told["study"], told["number"], told["rank"], told["layer"]) == ("tiny", best, 1, 1)
    assert told["metrics"]["accuracy"] == rows[0]["accuracy"]
    assert any(file.endswith("reconstructions.png") for file in told["files"])


@pytest.mark.parametrize("arguments", [["leaderboard", "tiny"], ["spaces"], ["--help"]], ids=" ".join)
def test_no_color_is_respected_even_where_colours_are_forced(
    arguments: list[str], decoder_search: Command, real_study: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ("--results", real_study.results) if arguments[0] == "leaderboard" else ()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = decoder_search(*arguments, *place).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert COLOUR.search(decoder_search(*arguments, *place).output) is None
    assert "\x1b[" in coloured


@pytest.mark.parametrize(("program", "module"), APPS.items())
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_program_completes_its_commands(program: str, module: str, shell: str, tmp_path: Path) -> None:
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
    code = f"import sys, {module} as cli; sys.argv[0] = '{program}'; cli.main()"

    def answer(instruction: str, **others: str) -> str:
        environment = {**os.environ, variable: f"{instruction}_{shell}", **others}
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
        ).stdout

    assert program in answer("source")
    words = f"{program} "
    asked = {"COMP_WORDS": words, "COMP_CWORD": "1"}
    asked |= {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    offered = answer("complete", **asked)
    assert all(name in offered for name in PRINTS_A_TABLE[program])
