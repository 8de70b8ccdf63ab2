from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.browser.board import Board, board_of
from decoder_search.views.browser.table import RowTable

Play = Callable[..., Any]
TextOf = Callable[[Pilot[Any]], str]


class OneTable(Screen[None]):
    """A screen with a table, which notes what the table says."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board, self.heard = board, []  # type: ignore[var-annotated]

    def compose(self) -> Any:
        yield RowTable()

    def on_mount(self) -> None:
        self.table.show(self.board, range(len(self.board.rows)), frozenset({"reason"}), None)
        self.table.focus()

    @property
    def table(self) -> RowTable:
        return self.query_one(RowTable)

    def on_row_table_moved(self) -> None:
        self.heard.append(self.table.place)

    def on_row_table_chosen(self) -> None:
        self.heard.append("chosen")

    def on_row_table_header_clicked(self, event: RowTable.HeaderClicked) -> None:
        self.heard.append(event.key)


@pytest.fixture
def screen(make_study: Callable[..., StudyRecord], trials: list[TrialRecord]) -> OneTable:
    return OneTable(board_of(make_study(trials)))


@pytest.fixture(scope="module")
def many(make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]) -> Board:
    trials = [make_trial(number, {"decoder.depth": number % 3}) for number in range(5000)]
    return board_of(make_study(trials))


def test_keys_move_the_cursor_as_far_as_there_are_rows(screen: OneTable, play: Play) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "j", "up", "end", "down", "home", "k", "pagedown", "enter")

    play([screen], steps)
    assert screen.heard == [1, 2, 1, 4, 0, 4, "chosen"]


def test_a_table_without_rows_takes_every_key(play: Play, make_study: Callable[..., StudyRecord]) -> None:
    screen = OneTable(board_of(make_study([])))

    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "up", "pagedown", "end", "left", "right", "enter")
        assert (screen.table.place, screen.table.row) == (None, None)

    play([screen], steps)
    assert screen.heard == []


def test_the_front_has_a_star_and_marks_have_a_sign(screen: OneTable, play: Play, text_of: TextOf) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        screen.table.decorate(marked={1}, sort="mse", reverse=True)
        await pilot.pause()
        lines = text_of(pilot).splitlines()
        assert "mse" in lines[0] and "↓▴" in lines[1]
        assert [line[:1] for line in lines[2:5]] == [" ", "●", " "]
        assert ["★" in line for line in lines[2:7]] == [True, True, False, False, False]
        assert "88.00 probe" in lines[5] and "failed" in lines[6]

    play([screen], steps)


def test_what_names_a_row_stays_where_the_rest_scrolls(screen: OneTable, play: Play, text_of: TextOf) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        before = text_of(pilot).splitlines()[2]
        await pilot.press("right", "right")
        after = text_of(pilot).splitlines()[2]
        width = len("●  #  trial")
        assert before[:width] == after[:width]
        assert before[width + 16 :].rstrip() == after[width : len(before) - 16].rstrip()
        await pilot.press(*["right"] * 40)
        assert "hdbscan" in text_of(pilot).splitlines()[2]
        await pilot.press(*["left"] * 60)
        assert text_of(pilot).splitlines()[2] == before

    play([screen], steps, size=(60, 20))


def test_clicks_set_the_cursor_choose_and_name_columns(screen: OneTable, play: Play) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.click(RowTable, offset=(8, 4))
        await pilot.click(RowTable, offset=(8, 4), times=2)
        await pilot.click(RowTable, offset=(8, 15))
        await pilot.click(RowTable, offset=(7, 1))
        await pilot.press("right", "right")
        await pilot.click(RowTable, offset=(16, 1))

    play([screen], steps, size=(60, 20))
    assert screen.heard[:1] == [2]
    assert screen.heard.count("chosen") == 1
    assert screen.heard[-2:] == ["trial", "n_targets"]


def test_the_cursor_stays_on_its_row_and_line_when_rows_come_and_go(many: Board, play: Play) -> None:
    screen = OneTable(many)

    async def steps(pilot: Pilot[Any]) -> None:
        table = screen.table
        await pilot.press(*["pagedown"] * 5, "up", "up")
        place, line = table.place, table._cursor - table.scroll_offset.y
        assert place is not None and line > 3
        table.show(many, range(20, 5000), frozenset(), place)
        await pilot.pause()
        assert (table.place, table._cursor - table.scroll_offset.y) == (place, line)
        table.show(many, range(3), frozenset(), None)
        await pilot.pause()
        assert (table.place, table.scroll_offset.y) == (2, 0)

    play([screen], steps)


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (200, 60)])
def test_any_size_is_drawn(size: tuple[int, int], screen: OneTable, play: Play) -> None:
    async def steps(pilot: Pilot[Any]) -> None:
        await pilot.press("down", "right", "end")

    play([screen], steps, size=size)
    assert screen.heard == [1, 4]


def test_of_5_000_rows_only_those_on_the_screen_are_drawn(many: Board, play: Play) -> None:
    screen = OneTable(many)
    took: list[float] = []

    async def steps(pilot: Pilot[Any]) -> None:
        table = screen.table
        for places in (range(5000), range(4999, -1, -1)) * 3:
            start = time.process_time()
            table.show(many, places, frozenset(), 2500)
            lines = [table.render_line(y) for y in range(table.size.height)]
            took.append(time.process_time() - start)
            assert {line.cell_length for line in lines} == {table.size.width}
            assert table.place == 2500

    play([screen], steps, size=(160, 48))
    assert median(took) < 0.05
