"""A table of thousands of rows that draws only the lines on the screen, and only orders places anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip as Line

from decoder_search.analysis.rows import Row
from decoder_search.views.browser.board import EMPTY, Board
from decoder_search.views.terminal.sheets import Strip

GAP = 2
MARK = "●"


class RowTable(ScrollView, can_focus=True):
    """The rows of a board in some order, with a cursor on one of them and marks on any."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--faint",
        "table--objective",
        "table--front",
        "table--gain",
        "table--loss",
    }
    DEFAULT_CSS = """
    RowTable {
        height: 1fr;
        background: $surface;
        color: $foreground;
        & > .table--header { text-style: bold; background: $panel; color: $foreground; }
        & > .table--cursor { background: $primary-muted; color: $foreground; text-style: bold; }
        & > .table--faint { color: $foreground; text-style: dim; }
        & > .table--objective { text-style: bold; }
        & > .table--front { color: $text-warning; text-style: bold; }
        & > .table--gain { color: $text-success; }
        & > .table--loss { color: $text-error; }
        &:ansi > .table--cursor, &:nocolor > .table--cursor { text-style: reverse; }
        &:ansi > .table--header, &:nocolor > .table--header { text-style: bold underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000)", "First", show=False),
        Binding("end,G", "move(1000000)", "Last", show=False),
        Binding("left,h", "sideways(-8)", "Left", show=False),
        Binding("right,l", "sideways(8)", "Right", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row, or on none."""

    class Chosen(Message):
        """The row under the cursor was chosen."""

    class HeaderClicked(Message):
        """A column's header was clicked."""

        def __init__(self, key: str) -> None:
            """The key of that column."""
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        """A table without rows."""
        super().__init__(id=id)
        self._board: Board = EMPTY
        self._places: Sequence[int] = ()
        self._strips: Sequence[Strip] = ()
        self._fixed_width = 0
        self._n_fixed = 0
        self._header_height = 1
        self._marked: Collection[int] = frozenset()
        self._sorted = ("", False)
        self._cursor = 0

    def show(self, board: Board, places: Sequence[int], hidden: Collection[str], cursor: int | None) -> None:
        """Show the rows at these places of a board, in this order, and set the cursor on one of them.

        The cursor keeps its line where its row is gone; it stays as far below the header as it was.
        """
        line = self._cursor - self.scroll_offset.y
        self._board, self._places = board, places
        self._strips, self._n_fixed = board.visible(hidden)
        self._fixed_width = _width(self._strips[: self._n_fixed])
        self._header_height = max((each.column.header.count("\n") + 1 for each in self._strips), default=1)
        held = places.index(cursor) if cursor in places else self._cursor
        self._cursor = max(0, min(held, len(places) - 1))
        self.virtual_size = Size(_width(self._strips), len(places) + self._header_height)
        self.scroll_to(y=self._cursor - line, animate=False, force=True)
        self._show_cursor()
        self.refresh()

    def decorate(self, *, marked: Collection[int], sort: str, reverse: bool) -> None:
        """Marked places of the board, and the column that rows are sorted by."""
        self._marked, self._sorted = marked, (sort, reverse)
        self.refresh()

    @property
    def place(self) -> int | None:
        """The place in the board of the row under the cursor."""
        return self._places[self._cursor] if self._places else None

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return None if self.place is None else self._board.rows[self.place]

    def action_move(self, lines: int) -> None:
        """Move the cursor by so many lines, as far as there are any."""
        before = self._cursor
        self._cursor = max(0, min(before + lines, len(self._places) - 1))
        if self._cursor == before:
            return
        if not self._show_cursor():
            for line in (before, self._cursor):
                self.refresh_line(line + self._header_height)
        self.post_message(self.Moved())

    def action_page(self, pages: int) -> None:
        """Move the cursor by a screen."""
        self.action_move(pages * max(1, self.size.height - self._header_height - 1))

    def action_sideways(self, columns: int) -> None:
        """Scroll what does not stay."""
        self.scroll_to(x=self.scroll_offset.x + columns, animate=False)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._places:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """A click sets the cursor, a second one on it chooses; one on a header tells its column."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < self._header_height:
            key = self._key_at(offset.x)
            if key:
                self.post_message(self.HeaderClicked(key))
            return
        clicked = offset.y - self._header_height + self.scroll_offset.y
        if clicked == self._cursor and event.chain > 1:
            self.action_choose()
        elif clicked < len(self._places):
            self.action_move(clicked - self._cursor)

    def _key_at(self, x: int) -> str:
        end = len(MARK) + 1
        for number, strip in enumerate(self._strips):
            end += strip.width + GAP
            if x + (0 if number < self._n_fixed else self.scroll_offset.x) < end:
                return strip.column.key
        return ""

    def _show_cursor(self) -> bool:
        """Scroll as far as it takes to see the cursor; whether that was far at all."""
        height = max(1, self.size.height - self._header_height)
        top = self.scroll_offset.y
        lowest, highest = self._cursor - height + 1, self._cursor
        if lowest <= top <= highest:
            return False
        self.scroll_to(y=min(max(top, lowest), highest), animate=False, force=True)
        return True

    def render_line(self, y: int) -> Line:
        """One line of the screen: of the header, or of a row."""
        strips, skipped = self._in_sight()
        if y < self._header_height:
            line, base = self._header(y, strips), self.get_component_rich_style("table--header")
        else:
            number = y - self._header_height + self.scroll_offset.y
            if number >= len(self._places):
                return Line.blank(self.size.width, self.rich_style)
            line, base = self._row(number, strips)
        fixed, width = self._fixed_width, self.size.width
        if skipped:
            line = Line.join([line.crop(0, fixed), line.crop(fixed + skipped)])
        return line.crop_extend(0, width, base)

    def _in_sight(self) -> tuple[list[Strip], int]:
        """The strips that are on the screen, and how much of the first of those that scroll is not."""
        shown, end, skipped = list(self._strips[: self._n_fixed]), self._fixed_width, 0
        for strip in self._strips[self._n_fixed :]:
            start, end = end, end + strip.width + GAP
            if end <= self._fixed_width + self.scroll_offset.x:
                continue
            if start >= self.scroll_offset.x + self.size.width:
                break
            if len(shown) == self._n_fixed:
                skipped = self._fixed_width + self.scroll_offset.x - start
            shown.append(strip)
        return shown, skipped

    def _header(self, y: int, strips: Sequence[Strip]) -> Line:
        text = " " * (len(MARK) + 1)
        for strip in strips:
            words = strip.column.header.split("\n")
            words = [""] * (self._header_height - len(words)) + words
            is_last = y == self._header_height - 1 and strip.column.key == self._sorted[0] != ""
            sign = ("▴" if self._sorted[1] else "▾") if is_last else ""
            text += strip.padded(words[y]) + sign.ljust(GAP)
        return Line([Segment(text, self.get_component_rich_style("table--header"))])

    def _row(self, number: int, strips: Sequence[Strip]) -> tuple[Line, Style]:
        """A row as few segments: neighbours without a style of their own are one."""
        place = self._places[number]
        row, base = self._board.rows[place], self.rich_style
        if is_faint := row.get("rank", 0) is None:
            base += self.get_component_rich_style("table--faint", partial=True)
        if under_cursor := number == self._cursor:
            base += self.get_component_rich_style("table--cursor", partial=True)
        segments, plain = [], (MARK if place in self._marked else " ") + " "
        for strip in strips:
            text = strip.cells[place]
            component = "" if under_cursor or is_faint else self._style_of(strip, row)
            if component:
                style = base + self.get_component_rich_style(component, partial=True)
                segments += [Segment(plain, base), Segment(text, style)]
                plain = " " * GAP
            else:
                plain += text + " " * GAP
        return Line([*segments, Segment(plain, base)]), base

    def _style_of(self, strip: Strip, row: Row) -> str:
        """The name of the style of a cell, or nothing."""
        if row.get("layer") == 1 and strip.column.key == "layer":
            return "table--front"
        component = {"green": "table--gain", "red": "table--loss"}.get(strip.column.style(row), "")
        return component or ("table--objective" if strip.column.is_objective else "")


def _width(strips: Sequence[Strip]) -> int:
    """The characters of a line with these columns, from the mark on."""
    return len(MARK) + 1 + sum(strip.width + GAP for strip in strips)
