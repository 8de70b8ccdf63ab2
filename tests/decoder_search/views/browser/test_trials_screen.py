from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.comparing import CompareScreen
from decoder_search.views.browser.trials_screen import TrialsScreen

Play = Callable[..., Any]
TextOf = Callable[[Pilot[Any]], str]
MakeTrial = Callable[..., TrialRecord]


def status(shown: str) -> str:
    return next(
        line.strip() for line in reversed(shown.splitlines()) if line.startswith((" trial", " No", " un"))
    )


def test_rows_are_filtered_as_a_person_types_and_escape_brings_them_back(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"method=k")
        await pilot.pause()
        assert "tiny · 2 of 5 shown" in text_of(pilot)
        await pilot.press(*" mse<0.03")
        await pilot.pause()
        assert "1 of 5 shown" in text_of(pilot)
        assert status(text_of(pilot)).startswith("trial 1  depth=3 method=kmeans")
        await pilot.press("enter", "down")
        assert not trials_screen.query_one(Input).has_focus
        assert "method=k mse<0.03" in text_of(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert "shown" not in text_of(pilot)
        assert pilot.app.screen is trials_screen
        assert status(text_of(pilot)).startswith("trial 1 ")

    play([trials_screen], steps)


def test_a_filter_that_makes_no_sense_yet_says_why_and_keeps_the_rows(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"accuracy>")
        await pilot.pause()
        shown = text_of(pilot)
        assert "accuracy> lacks a value" in shown and "0.0200" in shown
        await pilot.press(*"2")
        await pilot.pause()
        assert "0 of 5 shown" in text_of(pilot)
        assert "No trial passes the filter; esc clears it." in text_of(pilot)

    play([trials_screen], steps)


def test_letters_of_a_filter_are_no_keys(trials_screen: TrialsScreen, play: Play) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"qtsrcvexy?", "slash", "space")
        assert pilot.app.is_running
        assert pilot.app.screen is trials_screen
        assert trials_screen.query_one(Input).value == "qtsrcvexy?/ "

    play([trials_screen], steps)


def test_any_column_is_sorted_by_and_turned_round(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("s", "down", "down", "down", "enter")
        await pilot.pause()
        lines = text_of(pilot).splitlines()
        assert "↓▾" in lines[2]
        assert "0.0200" in lines[3] and "0.0400" in lines[4]
        await pilot.press("r")
        await pilot.pause()
        assert "↓▴" in text_of(pilot)
        assert "0.0600" in text_of(pilot).splitlines()[3]
        await pilot.press("s", "enter")
        await pilot.pause()
        assert "↓▾" in text_of(pilot)

    play([trials_screen], steps)


def test_columns_are_hidden_and_shown(trials_screen: TrialsScreen, play: Play, text_of: TextOf) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        assert "tar-" in text_of(pilot)
        await pilot.press("c", "down", "down", "down", "down", "space", "enter")
        await pilot.pause()
        assert "tar-" not in text_of(pilot) and "retr." in text_of(pilot)
        await pilot.press("c", "down", "down", "down", "down", "space", "escape")
        await pilot.pause()
        assert "tar-" in text_of(pilot)

    play([trials_screen], steps)


def test_marked_trials_are_compared_in_the_order_of_their_marking(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("v")
        await pilot.pause()
        assert "two or more" in text_of(pilot)
        await pilot.press("end", "up", "space", "home", "space", "v")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CompareScreen)
        heads = text_of(pilot).splitlines()[1].split("trial ")
        assert [head.strip() for head in heads[1:]] == ["3", "0"]
        await pilot.press("escape")

    play([trials_screen], steps)


def test_one_marked_trial_is_compared_with_that_under_the_cursor(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("space", "v")
        await pilot.pause()
        assert "2 trials of study tiny" in text_of(pilot)

    play([trials_screen], steps)


def test_a_study_grows_under_the_eyes_while_cursor_filter_and_marks_stay(
    study_folder: Path, make_trial: MakeTrial, play: Play, text_of: TextOf
) -> None:
    screen = TrialsScreen(*read_board(study_folder), study_folder.parent)
    kmeans = {"decoder.depth": 1, "clustering.method": "kmeans", "clustering.n_clusters": 3}

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"method=kmeans", "enter", "down", "space")
        await pilot.pause()
        assert status(text_of(pilot)).startswith("trial 2 ")
        with Journal.open(study_folder, lambda: pytest.fail("there is one")) as journal:
            journal.opened({"engine": "optuna"}, 9)
            journal.finished(make_trial(7, kmeans, accuracy=0.99, mse=0.01))
            journal.started(Proposal(8, {"decoder.depth": 1, "clustering.method": "hdbscan"}))
            screen._look()
            await pilot.pause(0.5)
            shown = text_of(pilot)
            assert "3 of 7 shown" in shown and "running 1 of 9" in shown
            assert status(shown).startswith("trial 2 ")
            assert "●" in shown
        screen._next_look = 0.0
        screen._look()
        await pilot.pause(0.2)
        assert "1 left unfinished" in text_of(pilot)

    play([screen], steps)


def test_a_study_that_is_spoiled_while_it_is_looked_at_keeps_its_rows_and_says_why(
    study_folder: Path, play: Play, text_of: TextOf
) -> None:
    screen = TrialsScreen(*read_board(study_folder), study_folder.parent)

    async def steps(pilot: Pilot[Any]) -> None:
        with (study_folder / "trials.jsonl").open("ab") as file:
            file.write(b'{"event": "dreamt"}\n')
        screen._look()
        await pilot.pause(0.5)
        assert "keeps a backup" in text_of(pilot)  # the path before it wraps where it will
        assert "tiny · 3 completed" in text_of(pilot)

    play([screen], steps, size=(120, 30))


def test_beside_a_wide_table_is_the_trial_under_the_cursor(
    trials_screen: TrialsScreen, play: Play, text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause(0.3)
        assert "trial 0  completed, rank 1, ★ front" in text_of(pilot)
        await pilot.press("down")
        await pilot.pause(0.3)
        assert "trial 1  completed, rank 2, ★ front" in text_of(pilot)
        await pilot.resize_terminal(80, 24)
        await pilot.pause(0.3)
        assert "completed, rank 2" not in text_of(pilot)

    play([trials_screen], steps, size=(150, 40))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["none", "one", "failed"])
def test_a_study_of_no_trial_of_one_and_of_failures_takes_every_key(
    kind: str,
    tmp_path: Path,
    make_study: Callable[..., StudyRecord],
    make_trial: MakeTrial,
    write_study: Callable[..., Path],
    play: Play,
) -> None:
    trials = {
        "none": [],
        "one": [make_trial(0)],
        "failed": [replace(make_trial(n, state="failed"), reason="no\x1b[2Jmemory") for n in range(3)],
    }[kind]
    folder = write_study(make_study(trials, prepared=kind == "one"), tmp_path)
    screen = TrialsScreen(*read_board(folder), tmp_path)

    async def steps(pilot: Pilot[Any]) -> None:
        for key in ("down", "space", "v", "escape", "e", "escape", "x", "escape", "y", "escape"):
            await pilot.press(key)
            if pilot.app.screen is not screen and key == "escape":
                pilot.app.push_screen(screen)
            await pilot.pause()
        for key in ("s", "c", "question_mark", "enter"):
            await pilot.press(key)
            await pilot.pause()
            await pilot.press("escape")
        await pilot.press("r", "t", "slash", *"state=failed", "enter", "end", "left", "right")

    play([screen], steps, size=(150, 40))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(20, 24), (20, 6), (1, 1), (79, 23), (250, 70)])
def test_no_size_of_a_terminal_breaks_it(
    size: tuple[int, int], trials_screen: TrialsScreen, play: Play
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "right", "s", "escape", "y", "escape", "question_mark", "escape", "enter")
        await pilot.pause(0.1)
        await pilot.press("escape", "space", "v", "escape", "slash", "a", "enter")

    play([trials_screen], steps, size=size)
