"""`decoder-search leaderboard` as a user runs it."""

from __future__ import annotations

import csv
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord

Command = Callable[..., Any]


def test_the_leaderboard_is_a_table_or_what_other_programs_read(
    decoder_search: Command, study: StudyRecord
) -> None:
    table = decoder_search("leaderboard", "tiny").output
    assert "Study tiny: 3 completed, 1 failed" in table

    rows = json.loads(decoder_search("leaderboard", "tiny", "--format", "json").output)
    assert [(row["rank"], row["trial"]) for row in rows] == [(1, 2), (2, 0), (3, 3), (None, 1)]
    assert rows[0]["gain_baseline"] == pytest.approx(0.02)

    lines = decoder_search("leaderboard", "tiny", "--format", "csv").output.splitlines()
    assert [row["trial"] for row in csv.DictReader(lines)] == ["2", "0", "3", "1"]

    markdown = decoder_search("leaderboard", "tiny", "--format", "markdown").output
    assert markdown.count("\n") == 2 + 4 and markdown.startswith("| rank | trial |")


def test_the_leaderboard_shows_what_is_asked_for(decoder_search: Command, study: StudyRecord) -> None:
    def trials(*options: str) -> list[int]:
        shown = decoder_search("leaderboard", "tiny", "--format", "json", *options)
        return [row["trial"] for row in json.loads(shown.output)]

    assert trials("--top", "1") == [2]
    assert trials("--pareto") == [2, 0]
    assert trials("--sort", "mse", "--pareto") == [0, 2]
    assert trials("--by", "clustering", "--pareto") == [2, 0]


def test_without_a_name_the_newest_study_is_shown_from_the_folder_that_is_set(
    decoder_search: Command,
    study: StudyRecord,
    write_study: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newer = replace(study, settings=replace(study.settings, name="newer"))
    path = write_study(newer, tmp_path / "elsewhere") / "trials.jsonl"
    older = replace(study, settings=replace(study.settings, name="older"))
    os.utime(write_study(older, tmp_path / "elsewhere") / "trials.jsonl", ns=(0, path.stat().st_mtime_ns - 1))
    assert "Study tiny" in decoder_search("leaderboard").output
    monkeypatch.setenv("DECODER_SEARCH_RESULTS", "elsewhere")
    assert "Study newer" in decoder_search("leaderboard").output
    assert "Study tiny" in decoder_search("leaderboard", "--results", "results").output


def test_a_watched_leaderboard_follows_the_study_until_ctrl_c(
    study: StudyRecord, tmp_path: Path, make_trial: Callable[..., TrialRecord]
) -> None:
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "decoder_search.cli", "leaderboard", "tiny", "--watch"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    with subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, env=environment) as watching:
        wait_for(terminal, b"3 completed, 1 failed")
        with Journal.open(tmp_path / "results" / "tiny", lambda: study.settings) as journal:
            journal.finished(make_trial(4))
        wait_for(terminal, b"4 completed, 1 failed")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=20) == 0
    os.close(terminal)
    os.close(theirs)


def wait_for(terminal: int, wanted: bytes) -> None:
    seen, deadline = b"", time.monotonic() + 30
    while wanted not in seen:
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)
