from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from decoder_search.views.browser.key_bar import KeyBar
from decoder_search.views.browser.trials_screen import TrialsScreen

EVERY_KEY = (
    "enter Details",
    "/ Filter",
    "s Sort",
    "r Reverse",
    "c Columns",
    "space Mark",
    "v Compare",
    "e Export",
)
OTHERS = ("x Confirm", "y Commands", "? Help", "esc Back", "t Theme", "q Quit")


@pytest.mark.parametrize(("width", "n_lines"), [(80, 2), (160, 1)])
def test_every_key_is_there_on_as_many_lines_as_it_takes(
    width: int,
    n_lines: int,
    trials_screen: TrialsScreen,
    play: Callable[..., Any],
    text_of: Callable[[Pilot[Any]], str],
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        assert trials_screen.query_one(KeyBar).size.height == n_lines
        shown = " ".join(text_of(pilot).splitlines()[-n_lines:])
        assert [entry for entry in EVERY_KEY + OTHERS if entry not in shown] == []

    play([trials_screen], steps, size=(width, 24))


def test_a_click_on_a_key_presses_it(trials_screen: TrialsScreen, play: Callable[..., Any]) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        theme = pilot.app.theme
        line = trials_screen.query_one(KeyBar)._lines(78)[-1].plain
        await pilot.click(KeyBar, offset=(1 + line.index("Theme"), 1))
        await pilot.pause()
        assert pilot.app.theme != theme

    play([trials_screen], steps)


def test_while_a_filter_is_typed_only_its_keys_are_named(
    trials_screen: TrialsScreen, play: Callable[..., Any], text_of: Callable[[Pilot[Any]], str]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("slash")
        await pilot.pause()
        assert text_of(pilot).splitlines()[-1].split() == ["enter", "Done", "esc", "Back"]
        await pilot.press("escape")
        await pilot.pause()
        assert "enter Details" in text_of(pilot)

    play([trials_screen], steps)
