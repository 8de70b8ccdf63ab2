from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest

from encodenet_core.cli import progress
from encodenet_core.cli.progress import ProgressLines, SetupsLeft, followed


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the seconds of the monotonic clock."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def turn(seconds: float) -> None:
        now[0] = seconds

    return turn


def test_a_stage_is_a_line_every_quarter_with_the_time_that_it_still_takes(
    clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    report = ProgressLines()
    for epoch in range(1, 9):
        clock(10.0 * epoch)
        assert report("baseline", epoch, 8, {"loss": 0.5})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "   20.0 s  baseline          epoch 2/8  loss 0.5  about 1m 00s left"
    assert [line.rpartition("about ")[2] for line in lines[1:3]] == ["40s left", "20s left"]
    assert lines[3] == "   80.0 s  baseline          epoch 8/8  loss 0.5"


def test_a_stage_that_goes_on_says_so_and_counts_its_own_epochs_only(
    clock: Callable[[float], None],
) -> None:
    said = list[str]()
    report = ProgressLines(said.append)
    clock(100.0)
    report("baseline", 1, 1, {})
    clock(106.0)
    report("classifier", 8, 10, {})
    assert said[1] == "classifier goes on after epoch 7"
    assert said[2].endswith("about 12s left")


def test_pictures_are_told_of_in_quarters_whatever_the_steps(clock: Callable[[float], None]) -> None:
    said = list[str]()
    report = ProgressLines(said.append)
    for decoded in (1, *range(257, 2000, 256), 2000):
        clock(decoded / 100)
        report("images", decoded, 2000, {})
    assert [line.split("decoded ")[1].split()[0] for line in said] == [
        "513/2000", "1025/2000", "1537/2000", "2000/2000",
    ]  # fmt: skip
    assert said[0].endswith("about 15s left")


def test_setups_that_were_measured_before_tell_nothing_of_the_pace(
    clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    count = SetupsLeft()
    for seconds, done, fresh in ((1, 1, False), (61, 2, True), (81, 3, True), (200, 4, True)):
        clock(seconds)
        count(done, 4, fresh)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 4 setups measured",
        "2 of 4 setups measured, about 2m 00s left",
        "3 of 4 setups measured, about 40s left",
        "4 of 4 setups measured",
    ]


def read_all(terminal: int) -> str:
    """What was written to a terminal that is closed at its other end; one read may return a part of it."""
    chunks = []
    with os.fdopen(terminal, "rb", buffering=0) as stream, suppress(OSError):  # Linux ends it by an error
        while chunk := stream.read(100_000):
            chunks.append(chunk)
    return b"".join(chunks).decode()


@pytest.mark.parametrize(("terminal", "bars"), [("xterm", True), ("dumb", False)])
def test_a_terminal_shows_bars_that_end_with_the_last_state(
    terminal: str, bars: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_end, write_end = pty.openpty()
    monkeypatch.setenv("TERM", terminal)
    with os.fdopen(write_end, "w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        with followed() as (report, say):
            for epoch in (1, 2):
                report("baseline", epoch, 2, {"loss": 0.5})
            say("the baseline is cut after [features]")
            report("autoencoder", 3, 4, {"loss": 0.25})
    shown = read_all(read_end)
    assert ("\x1b[" in shown) is bars
    assert "loss 0.25" in shown
    assert "the baseline is cut after [features]\r\n" in shown
    assert ("2/2" in shown and "3/4" in shown) is True
    assert ("epoch 2/2" in shown) is not bars


def test_a_pipe_gets_lines_even_where_colours_are_forced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with followed() as (report, _):
        report("baseline", 1, 1, {"loss": 0.5})
    assert capsys.readouterr().out.endswith("baseline          epoch 1/1  loss 0.5\n")


def test_the_answer_goes_elsewhere_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with followed(err=True) as (report, say):
        report("baseline", 1, 1, {})
        say("a line")
    said = capsys.readouterr()
    assert said.out == "" and said.err.endswith("a line\n") and "epoch 1/1" in said.err
