from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.detail_pane import DetailPane
from decoder_search.views.browser.detail_text import Detail, detail_of
from decoder_search.views.browser.pictures import Pictures


class OnePane(Screen[None]):
    def compose(self) -> Any:
        yield DetailPane()


def details(folder: Path) -> list[Detail]:
    study, board = read_board(folder)
    rows = {row["trial"]: row for row in board.rows}
    return [detail_of(study, trial, rows[trial.number]) for trial in study.trials]


def test_words_and_pictures_are_those_of_the_last_trial(
    study_folder: Path, play: Callable[..., Any], text_of: Callable[[Pilot[Any]], str]
) -> None:
    screen, given = OnePane(), details(study_folder)

    async def steps(pilot: Pilot[Any]) -> None:
        pane = screen.query_one(DetailPane)
        assert "no trial" in text_of(pilot)
        for detail in (given[1], given[4], given[0]):
            pane.take(detail)
        await pilot.pause(0.1)
        shown = text_of(pilot)
        assert "trial 0  completed, rank 1, ★ front" in shown
        assert shown.index("result") < shown.index("pictures") < shown.index("curves")
        pictures = screen.query_one(Pictures)
        pane.take(given[0])
        await pilot.pause(0.1)
        assert screen.query_one(Pictures) is pictures
        pane.take(given[4])
        await pilot.pause(0.1)
        assert "[b]no <layer>[/b]" in text_of(pilot) and "pictures" not in text_of(pilot)

    play([screen], steps, size=(60, 80))
