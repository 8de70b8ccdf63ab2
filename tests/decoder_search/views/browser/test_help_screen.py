from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.containers import VerticalScroll
from textual.pilot import Pilot

from decoder_search.views.browser.trials_screen import TrialsScreen


def test_the_help_explains_every_key_filters_and_signs(
    trials_screen: TrialsScreen, play: Callable[..., Any], text_of: Callable[[Pilot[Any]], str]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()
        shown = text_of(pilot)
        for said in (
            "show some trials only, as you type",
            "leave; prints what was copied",
            "accuracy>0.8",
            "the Pareto front alone",
            "one standard error of an accuracy",
        ):
            assert said in shown
        await pilot.press("escape")
        assert pilot.app.screen is trials_screen

    play([trials_screen], steps, size=(100, 60))


def test_on_a_small_terminal_the_help_scrolls(
    trials_screen: TrialsScreen, play: Callable[..., Any], text_of: Callable[[Pilot[Any]], str]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "confirmed:" not in text_of(pilot)
        await pilot.press("end")
        await pilot.pause()
        pilot.app.screen.query_one(VerticalScroll).scroll_end(animate=False)
        await pilot.pause()
        assert "confirmed:" in text_of(pilot)

    play([trials_screen], steps, size=(80, 24))
