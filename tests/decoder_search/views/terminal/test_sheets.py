from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from decoder_search.views.terminal.columns import Column
from decoder_search.views.terminal.sheets import Sheets


def column(name: str, *, is_number: bool = True, style: str = "") -> Column:
    return Column(name, lambda row: str(row[name.split("\n")[0]]), is_number, style=lambda row: style)


def drawn(sheets: Sheets, width: int, *, colours: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=colours)
    with console.capture() as capture:
        console.print(sheets)
    return capture.get()


ROWS: list[dict[str, Any]] = [
    {"rank": 1, "a": 1, "b": 22, "word": "long word"},
    {"rank": None, "a": 10, "b": 3, "word": "漢字"},
]


def sheets() -> Sheets:
    identity, measured = [column("a")], [column("b\n↓")]
    return Sheets(ROWS, identity, measured, [column("word", is_number=False)])


def test_numbers_stand_right_and_words_left_under_headers_at_the_bottom() -> None:
    assert [line.rstrip() for line in drawn(sheets(), 80).splitlines()] == [
        "     b",
        " a   ↓  word",
        "─" * 17,
        " 1  22  long word",
        "10   3  漢字",
        "",
    ]


@pytest.mark.parametrize(
    ("width", "headers"), [(17, ["a b word"]), (15, ["a b word"]), (14, ["a b", "a word"])]
)
def test_columns_move_together_then_apart_where_there_is_less_room(width: int, headers: list[str]) -> None:
    lines = drawn(sheets(), width).splitlines()
    rules = [place for place, line in enumerate(lines) if line.startswith("─")]
    assert [" ".join(lines[place - 1].replace("↓", "b").split()) for place in rules] == headers
    assert max(len(line) for line in lines) <= width


def test_no_column_is_lost_on_a_narrow_terminal() -> None:
    many = [{"rank": 1, "a": 1} | {f"c{number}": 1234567 for number in range(9)}]
    columns = [column(f"c{number}") for number in range(9)]
    text = drawn(Sheets(many, [column("a")], columns, []), 20)
    assert text.count("1234567") == 9
    assert text.count("a") == 5


def test_a_number_for_which_there_is_no_room_stands_before_the_params_not_on_a_sheet_of_its_own() -> None:
    rows = [{"rank": 1, "a": 1, "b": 22222, "c": 3, "word": "long"}]
    narrow = Sheets(rows, [column("a")], [column("b"), column("c")], [column("word", is_number=False)])
    assert [line.split() for line in drawn(narrow, 8).splitlines()[::4]] == [["a", "b"], ["a", "c", "word"]]


def test_a_row_without_a_rank_is_dimmed_and_a_cell_may_have_a_style_of_its_own() -> None:
    styled = Sheets(ROWS, [column("a")], [column("b", style="red")], [column("word", is_number=False)])
    first, second = drawn(styled, 80, colours=True).splitlines()[2:4]
    assert first == " 1  \x1b[31m22\x1b[0m  long word"
    assert second == "\x1b[2m10  \x1b[0m\x1b[2;31m 3\x1b[0m\x1b[2m  漢字\x1b[0m"


def test_without_rows_only_the_headers_are_drawn() -> None:
    empty = Sheets([], [column("a")], [column("b")], [])
    assert drawn(empty, 80).split() == ["a", "b", "────"]
