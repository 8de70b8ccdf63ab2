"""The application as a whole; its screens as pictures, in `__snapshots__`.

`pytest tests/decoder_search/views/browser/test_app.py --snapshot-update` draws them anew; look at them before
they are kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from decoder_search.views.browser.app import Browser, prefers_light
from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.studies_screen import StudiesScreen
from decoder_search.views.browser.trials_screen import TrialsScreen

LATER = 7200.0

LOOKS: dict[str, tuple[Sequence[str], tuple[int, int], bool]] = {
    "trials": ((), (80, 24), False),
    "light": (("space", "down"), (80, 24), True),
    "filter": (("slash", *"method=kmeans"), (80, 24), False),
    "detail": (("enter",), (80, 24), False),
    "compare": (("space", "space", "v"), (80, 24), False),
    "columns": (("c",), (80, 24), False),
    "help": (("question_mark",), (80, 24), False),
}
"""Keys to press, the size of the terminal, and whether it is light."""


@pytest.fixture
def screens(study_folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Screen[None]]:
    """The list of studies and the trials of one, in a folder without a name of its own, two hours later."""
    monkeypatch.chdir(study_folder.parent.parent)
    results = Path("results")
    os.utime(study_folder / "trials.jsonl", (0, 0))
    return [StudiesScreen(results, now=lambda: LATER), TrialsScreen(*read_board(results / "tiny"), results)]


async def settle(pilot: Pilot[Any]) -> None:
    """Wait for the pane, which follows the cursor after a while."""
    await pilot.pause(0.4)


@pytest.mark.parametrize("name", LOOKS)
def test_a_screen_looks_as_it_did(name: str, screens: list[Screen[None]], snap_compare: Any) -> None:
    keys, size, light = LOOKS[name]

    async def act(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press(*keys)
        await settle(pilot)

    assert snap_compare(Browser(screens, light=light), terminal_size=size, run_before=act)


def test_the_list_of_studies_looks_as_it_did(screens: list[Screen[None]], snap_compare: Any) -> None:
    assert snap_compare(Browser(screens[:1]), run_before=settle)


def test_a_terminal_that_wants_no_colour_gets_none(
    screens: list[Screen[None]], snap_compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    browser = Browser(screens)

    async def act(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press("space", "down", "s")
        await settle(pilot)
        strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        filters = pilot.app.get_line_filters()
        assert [type(each).__name__ for each in filters] == ["NoColor"]
        assert any(style.reverse for style in styles)

    assert snap_compare(browser, run_before=act)


def test_light_and_dark_are_changed_by_a_key(screens: list[Screen[None]], play: Callable[..., Any]) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        assert not pilot.app.current_theme.dark
        await pilot.press("t")
        assert pilot.app.current_theme.dark

    play(screens, steps, light=True)


@pytest.mark.parametrize(
    ("told", "light"), [("0;15", True), ("0;default;7", True), ("15;0", False), ("", False), ("x", False)]
)
def test_a_terminal_tells_its_background(told: str, light: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", told)
    assert prefers_light() is light


def test_q_ends_it_and_escape_leads_back_to_the_list(
    screens: list[Screen[None]], play: Callable[..., Any]
) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("escape")
        assert pilot.app.screen is screens[0]
        await pilot.press("q")
        await pilot.pause()
        assert not pilot.app.is_running

    play(screens, steps)
