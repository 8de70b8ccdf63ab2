from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from decoder_search.records.study_record import StudyRecord
from decoder_search.views.browser.studies_screen import StudiesScreen
from decoder_search.views.browser.trials_screen import TrialsScreen

Play = Callable[..., Any]
TextOf = Callable[[Pilot[Any]], str]


@pytest.fixture
def results(
    study_folder: Path, make_study: Callable[..., StudyRecord], write_study: Callable[..., Path]
) -> Path:
    """The study `tiny`, one of a name that looks like markup, and one that cannot be read."""
    study = make_study([])
    write_study(replace(study, settings=replace(study.settings, name="[red]odd[")), study_folder.parent)
    (study_folder.parent / "broken").mkdir()
    (study_folder.parent / "broken" / "trials.jsonl").write_text('{"event": "created", "format": 99}\n')
    return study_folder.parent


def line_of(shown: str, name: str) -> list[str]:
    (line,) = (line for line in shown.splitlines() if line.split()[:1] == [name])
    return line.split()


def test_every_study_is_there_with_what_it_found_or_why_it_cannot_be_read(
    results: Path, play: Play, text_of: TextOf
) -> None:
    screen = StudiesScreen(results, now=lambda: (results / "tiny" / "trials.jsonl").stat().st_mtime)

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause(0.3)
        shown = text_of(pilot)
        found = ["tiny", "done", "5", "now", "97.00", "0", "0.0200", "90.0", "2"]
        assert line_of(shown, "tiny") == found
        assert line_of(shown, "broken")[1] == "unreadable"
        assert line_of(shown, "[red]odd[")[1:3] == ["empty", "0"]
        assert "a newer decoder-search wrote this study" in shown

    play([screen], steps)


def test_a_chosen_study_is_opened_and_one_that_cannot_be_read_is_not(
    results: Path, play: Play, text_of: TextOf
) -> None:
    screen = StudiesScreen(results)

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert pilot.app.screen is screen
        await pilot.press("end", "enter")
        await pilot.pause(0.3)
        assert isinstance(pilot.app.screen, TrialsScreen)
        assert "tiny · 3 completed · 1 failed · 1 pruned" in text_of(pilot)
        await pilot.press("escape")
        assert pilot.app.screen is screen

    play([screen], steps)


def test_studies_come_and_go_and_grow_while_the_cursor_stays(
    results: Path, play: Play, text_of: TextOf, make_study: Any, make_trial: Any, write_study: Any
) -> None:
    screen = StudiesScreen(results)

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.pause(0.3)
        await pilot.press("end")
        shutil.rmtree(results / "broken")
        later = make_study([make_trial(0)])
        write_study(replace(later, settings=replace(later.settings, name="later")), results)
        screen._look()
        await pilot.pause(0.3)
        shown = text_of(pilot)
        assert "broken" not in shown
        assert line_of(shown, "later")[1:3] == ["done", "1"]
        row = screen.query_one("#studies").row  # type: ignore[attr-defined]
        assert row["study"] == "tiny"

    play([screen], steps)


def test_a_folder_without_studies_says_how_to_start_one(tmp_path: Path, play: Play, text_of: TextOf) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("enter", "down")
        assert "There is no study here yet. Start one: decoder-search run digits" in text_of(pilot)

    play([StudiesScreen(tmp_path / "absent")], steps)
