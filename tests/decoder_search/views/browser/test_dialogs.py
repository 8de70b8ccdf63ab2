from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from decoder_search.views.browser.command_lines import CommandLine
from decoder_search.views.browser.dialogs import ChooseMany, ChooseOne, NameFile, TakeCommand

NAMES = {"rank": "#", "mse": "mse ↓", "x": "[red]x[/red]"}


@pytest.fixture
def outcome(play: Callable[..., Any], text_of: Callable[[Pilot[Any]], str]) -> Callable[..., Any]:
    """What a dialog ends with after these keys, and what it showed before them."""

    def run(dialog: Screen[Any], *keys: str) -> tuple[Any, str]:
        told: list[Any] = []
        shown: list[str] = []

        async def steps(pilot: Pilot[Any]) -> None:
            pilot.app.push_screen(dialog, told.append)
            await pilot.pause()
            shown.append(text_of(pilot))
            await pilot.press(*keys)

        play([Screen()], steps)
        return (told[0] if told else "open"), shown[0]

    return run


def test_one_of_a_list_is_taken_starting_from_the_present_one(outcome: Callable[..., Any]) -> None:
    result, shown = outcome(ChooseOne("sort by", NAMES, "mse"), "down", "enter")
    assert result == "x"
    assert "[red]x[/red]" in shown and "sort by" in shown and "enter Take" in shown
    assert outcome(ChooseOne("sort by", NAMES, "mse"), "enter")[0] == "mse"
    assert outcome(ChooseOne("sort by", NAMES, "gone"), "escape")[0] is None


@pytest.mark.parametrize("last", ["escape", "enter"])
def test_several_of_a_list_are_turned_on_and_off(last: str, outcome: Callable[..., Any]) -> None:
    dialog = ChooseMany("columns", NAMES, frozenset({"rank", "x"}))
    result, shown = outcome(dialog, "down", "space", "down", "space", last)
    assert result == {"rank", "mse"}
    assert "✓ #" in shown and "✓ mse" not in shown and "✓ [red]x[/red]" in shown


def test_a_file_is_named_and_one_that_is_there_is_told(
    outcome: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial-1.yaml").write_text("old")
    result, shown = outcome(NameFile("export", "trial-1.yaml", "the same as\n  [x]"), "enter")
    assert result == Path("trial-1.yaml")
    assert "[x]" in shown and "That file is there and will be replaced." in shown
    result, shown = outcome(NameFile("export", "a", ""), "b", "enter")
    assert result == Path("b")
    assert "replaced" not in shown


def test_no_name_is_no_file(outcome: Callable[..., Any]) -> None:
    assert outcome(NameFile("export", "a", ""), "backspace", "enter")[0] == "open"
    assert outcome(NameFile("export", "a", ""), "escape")[0] is None


def test_a_command_is_taken(outcome: Callable[..., Any]) -> None:
    commands = [CommandLine("look", "decoder-search show 'a [b]' 1"), CommandLine("write", "other")]
    result, shown = outcome(TakeCommand("commands", commands), "enter")
    assert result == "decoder-search show 'a [b]' 1"
    assert result in shown
