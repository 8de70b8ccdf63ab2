from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from decoder_search.views.browser.detail_screen import DetailScreen
from decoder_search.views.browser.trials_screen import TrialsScreen

TextOf = Callable[[Pilot[Any]], str]


def test_one_trial_after_the_other_is_shown_in_the_order_of_the_table(
    trials_screen: TrialsScreen, play: Callable[..., Any], text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert isinstance(pilot.app.screen, DetailScreen)
        assert "trial 0  completed, rank 1, ★ front" in text_of(pilot)
        await pilot.press("right", "n")
        await pilot.pause(0.2)
        assert "trial 2  completed, rank 3, layer 2" in text_of(pilot)
        await pilot.press("left")
        await pilot.pause(0.2)
        assert "trial 1  completed, rank 2" in text_of(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is trials_screen
        assert "trial 1  depth=3" in text_of(pilot)

    play([trials_screen], steps)


def test_what_the_table_can_do_with_a_trial_can_be_done_here(
    trials_screen: TrialsScreen, play: Callable[..., Any], text_of: TextOf
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "enter", "y")
        await pilot.pause(0.1)
        assert "decoder-search show tiny 1" in text_of(pilot)
        await pilot.press("escape", "x")
        await pilot.pause(0.1)
        assert "decoder-search confirm tiny --top 2" in text_of(pilot)
        await pilot.press("escape", "e")
        await pilot.pause(0.1)
        assert "export trial 1" in text_of(pilot)

    play([trials_screen], steps)
