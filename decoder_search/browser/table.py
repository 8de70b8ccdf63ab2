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

from decoder_search.browser.board import EMPTY, Board
from decoder_search.rows import Row
from decoder_search.sheets import Strip

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
        & > .table--cursor { background: $primary-muted; color: $text; text-style: bold; }
        & > .table--faint { color: $text-muted; text-style: dim; }
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
        self._n_fixed = 0
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
        held = places.index(cursor) if cursor in places else self._cursor
        self._cursor = max(0, min(held, len(places) - 1))
        width = sum(strip.width + GAP for strip in self._strips) + len(MARK) + 1
        self.virtual_size = Size(width, len(places) + self.header_height)
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

    @property
    def header_height(self) -> int:
        """Lines of the tallest header."""
        return max((strip.column.header.count("\n") + 1 for strip in self._strips), default=1)

    def action_move(self, lines: int) -> None:
        """Move the cursor by so many lines, as far as there are any."""
        before = self._cursor
        self._cursor = max(0, min(before + lines, len(self._places) - 1))
        if self._cursor == before:
            return
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved())

    def action_page(self, pages: int) -> None:
        """Move the cursor by a screen."""
        self.action_move(pages * max(1, self.size.height - self.header_height - 1))

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
        if offset.y < self.header_height:
            key = self._key_at(offset.x)
            if key:
                self.post_message(self.HeaderClicked(key))
            return
        clicked = offset.y - self.header_height + self.scroll_offset.y
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

    def _show_cursor(self) -> None:
        height = max(1, self.size.height - self.header_height)
        top = self.scroll_offset.y
        lowest, highest = self._cursor - height + 1, self._cursor
        if not lowest <= top <= highest:
            self.scroll_to(y=min(max(top, lowest), highest), animate=False, force=True)

    def render_line(self, y: int) -> Line:
        """One line of the screen: of the header, or of a row."""
        fixed = sum(strip.width + GAP for strip in self._strips[: self._n_fixed]) + len(MARK) + 1
        line, base = self._header(y), self.get_component_rich_style("table--header")
        if y >= self.header_height:
            place = y - self.header_height + self.scroll_offset.y
            if place >= len(self._places):
                return Line.blank(self.size.width, self.rich_style)
            line, base = self._row(place)
        scrolled = self.scroll_offset.x
        parts = Line([*line.crop(0, fixed), *line.crop(fixed + scrolled, fixed + scrolled + self.size.width)])
        return parts.crop_extend(0, self.size.width, base)

    def _header(self, y: int) -> Line:
        style = self.get_component_rich_style("table--header")
        segments = [Segment(" " * (len(MARK) + 1), style)]
        for strip in self._strips:
            words = strip.column.header.split("\n")
            words = [""] * (self.header_height - len(words)) + words
            text = strip.padded(words[y]) if y < len(words) else ""
            is_last = y == self.header_height - 1 and strip.column.key == self._sorted[0] != ""
            gap = ("▴" if self._sorted[1] else "▾").ljust(GAP) if is_last else " " * GAP
            segments.append(Segment(text + gap, style))
        return Line(segments)

    def _row(self, number: int) -> tuple[Line, Style]:
        place = self._places[number]
        row, base = self._board.rows[place], self.rich_style
        if is_faint := row.get("rank", 0) is None:
            base += self.get_component_rich_style("table--faint", partial=True)
        under_cursor = number == self._cursor
        if under_cursor:
            base += self.get_component_rich_style("table--cursor", partial=True)
        segments = [Segment((MARK if place in self._marked else " ") + " ", base)]
        for strip in self._strips:
            plain = under_cursor or is_faint
            style = base if plain else base + self._style_of(strip, row)
            segments.append(Segment(strip.padded(strip.cells[place]), style))
            segments.append(Segment(" " * GAP, base))
        return Line(segments), base

    def _style_of(self, strip: Strip, row: Row) -> Style:
        told = {"green": "table--gain", "red": "table--loss"}.get(strip.column.style(row), "")
        if row.get("layer") == 1 and strip.column.key == "layer":
            told = "table--front"
        elif strip.column.is_objective and not told:
            told = "table--objective"
        return self.get_component_rich_style(told, partial=True) if told else Style.null()
