"""Torn and broken lines of a study: every command says so in one line, and `repair` mends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

READERS = (
    ["leaderboard", "toy"],
    ["show", "toy", "0"],
    ["export", "toy"],
    ["compare", "toy", "toy"],
    ["importance", "toy"],
    ["confirm", "toy"],
    ["plot", "toy", "--kind", "history", "--output", "chart.png"],
    ["report", "toy"],
)

OPTIONS = (0, 0, 1)


def test_a_torn_last_line_costs_nothing(toy_study: Any) -> None:
    assert toy_study.run(3, *OPTIONS)[0] == 0
    before = toy_study.finished()
    with toy_study.file.open("ab") as file:
        file.write(b'{"time": "2026-01-01T00:00:00.000+00:00", "event": "finished", "trial": {"number": 7')
    code, _, errors = toy_study.run(5, *OPTIONS)
    assert (code, errors) == (0, "")
    toy_study.check_nothing_lost(before, 5)


@pytest.mark.slow
def test_a_broken_line_is_named_by_every_command_and_repaired(
    toy_study: Any, decoder_search: Callable[..., Any]
) -> None:
    assert toy_study.run(4, *OPTIONS)[0] == 0
    whole = toy_study.file.read_bytes()
    lines = whole.splitlines(keepends=True)
    (end,) = (place for place, line in enumerate(lines) if b'"finished", "trial": {"number": 1' in line)
    lines[end] = lines[end][:200] + b"\x00\xff garbage \n"
    toy_study.file.write_bytes(b"".join(lines))
    before = {number: trial for number, trial in json_of(whole).items() if number != 1}

    named = f"trials.jsonl, line {end + 1} is no event of a study"
    for command in READERS:
        refused = decoder_search(*command)
        assert (refused.exit_code, refused.errors.count("\n")) == (2, 1), refused.errors
        assert named in refused.errors and "`decoder-search repair toy`" in refused.errors
    code, _, errors = toy_study.run(5, *OPTIONS)
    assert (code, errors.count("\n")) == (2, 1) and named in errors

    looked = decoder_search("repair", "toy", "--dry-run")
    assert looked.exit_code == 1 and "nothing was changed" in looked.output
    repaired = decoder_search("repair", "toy")
    assert (repaired.exit_code, repaired.errors) == (0, "")
    assert f"trials.jsonl, line {end + 1}, about trial 1: " in repaired.output
    assert (
        "the end of trial 1 is not recorded; the next `decoder-search run` runs it again" in repaired.output
    )
    assert (toy_study.folder / "trials.jsonl.backup-1").read_bytes() == b"".join(lines)
    assert decoder_search("repair", "toy").output == "study toy is whole; there is nothing to repair\n"

    code, _, errors = toy_study.run(5, *OPTIONS)
    assert (code, errors) == (0, "")
    toy_study.check_nothing_lost(before, 5)


@pytest.mark.slow
def test_a_study_of_which_whole_trials_are_lost_gets_others_in_their_place(
    toy_study: Any, decoder_search: Callable[..., Any]
) -> None:
    assert toy_study.run(4, *OPTIONS)[0] == 0
    lines = toy_study.file.read_bytes().splitlines(keepends=True)
    broken = [b"\x00" * 50 + b"\n" if b'"number": 1' in line else line for line in lines]
    toy_study.file.write_bytes(b"".join(broken))
    assert decoder_search("repair", "toy").exit_code == 0
    before = toy_study.finished()
    assert sorted(before) == [0, 2, 3]
    assert toy_study.run(4, *OPTIONS)[0] == 0
    toy_study.check_nothing_lost(before, 4)


@pytest.mark.slow
def test_a_study_that_lost_its_facts_is_not_taken_back_where_its_data_is_gone(
    real_study: Any, tmp_path: Path, decoder_search: Callable[..., Any]
) -> None:
    folder = Path(shutil.copytree(real_study.results / "tiny", tmp_path / "results" / "tiny"))
    path = folder / "trials.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    gone = str(tmp_path / "gone.npz")
    path.write_text(
        "".join(
            line.replace('"dataset.source": "digits"', f'"dataset.source": "{gone}"')
            for line in lines
            if '"prepared"' not in line
        )
    )
    before = path.read_text()
    options = ("--sampler", "random", "--seed", 9, "--pruner", "none")
    refused = decoder_search("run", real_study.space, "--data", gone, "--trials", 9, *options)
    assert refused.exit_code == 2 and refused.errors.count("\n") == 1
    assert path.read_text().startswith(before)


def json_of(content: bytes) -> dict[int, Any]:
    events = map(json.loads, content.splitlines())
    return {event["trial"]["number"]: event["trial"] for event in events if event["event"] == "finished"}
