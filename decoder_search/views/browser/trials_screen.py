"""The trials of one study: a table to sort, filter and mark, and beside it the trial under the cursor."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static

from decoder_search.records.lock import is_held
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.browser.actions import TrialActions
from decoder_search.views.browser.board import Board, read_board
from decoder_search.views.browser.comparing import CompareScreen
from decoder_search.views.browser.detail_pane import DetailPane
from decoder_search.views.browser.detail_screen import DetailScreen
from decoder_search.views.browser.detail_text import Detail, detail_of
from decoder_search.views.browser.dialogs import ChooseMany, ChooseOne
from decoder_search.views.browser.key_bar import KeyBar
from decoder_search.views.browser.status import describe_row, describe_study
from decoder_search.views.browser.table import RowTable
from decoder_search.views.browser.view import View, column_names
from decoder_search.views.browser.watching import StudyFile
from encodenet_core.errors import ConfigError

LOOK_SECONDS = 1.0
REST = 4.0
"""How many times as long as a reading took nothing is read again, so that reading never takes up the time."""

PANE_DELAY = 0.08
"""Seconds that the cursor must rest until its trial is read, so that a held key moves on without a pause."""

WIDE = 136
"""Columns from which on there is room for a pane beside the table."""


class TrialsScreen(Screen[None]):
    """The trials of a study, read again whenever one of them starts or ends."""

    DEFAULT_CSS = """
    TrialsScreen > #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    TrialsScreen > #filter { display: none; height: 1; border: none; padding: 0 1; }
    TrialsScreen.-filtering > #filter { display: block; }
    TrialsScreen > #status { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    TrialsScreen #detail { display: none; width: 56; border-left: solid $primary; }
    TrialsScreen.-wide #detail { display: block; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", tooltip="show some trials only, as you type"),
        Binding("s", "sort", "Sort", tooltip="choose the column to sort by"),
        Binding("r", "reverse", "Reverse", tooltip="turn the order round"),
        Binding("c", "columns", "Columns", tooltip="choose the columns to show"),
        Binding("space", "mark", "Mark", key_display="space", tooltip="mark a trial, to compare or export"),
        Binding("v", "compare", "Compare", tooltip="put the marked trials side by side"),
        Binding("e", "export", "Export", tooltip="write the config of a trial, or of the marked ones"),
        Binding(
            "x", "confirm", "Confirm", tooltip="the command that retrains the best at their final budget"
        ),
        Binding("y", "commands", "Commands", tooltip="copy a command for the trial or the study"),
        Binding("question_mark", "app.help", "Help", key_display="?", tooltip="this page"),
        Binding("escape", "back", "Back", key_display="esc", tooltip="clear the filter, then back"),
    ]

    def __init__(self, study: StudyRecord, board: Board, results: Path) -> None:
        """The study as it was just read, in a folder of results."""
        super().__init__()
        self._study, self._board, self._results = study, board, results
        self._view = View()
        self._held = is_held(study.folder)
        self._file = StudyFile(study.folder)
        self._file.look()
        self._next_look = 0.0
        self._pane_timer: Timer | None = None
        self._actions = TrialActions(results)

    def compose(self) -> ComposeResult:
        """Title, filter, table and pane, the row under the cursor, keys."""
        yield Static("", id="title", markup=False)
        yield Input(id="filter", placeholder="upsampling=nearest accuracy>0.8", compact=True)
        with Horizontal():
            yield RowTable(id="trials")
            yield DetailPane(id="detail")
        yield Static("", id="status", markup=False)
        yield KeyBar(("enter", "Details"))

    def on_mount(self) -> None:
        """Show what was read, and look for more from now on."""
        self._table.focus()
        self.query_one("#filter", Input).cursor_blink = False
        self._show()
        # Rows stay as long as the screen does: a collector that walks through them makes a key wait.
        gc.freeze()
        self.set_interval(LOOK_SECONDS, self._look)

    @property
    def _table(self) -> RowTable:
        return self.query_one(RowTable)

    def _show(self, number: int | None = None) -> None:
        """Order the rows anew; the cursor stands on the trial of this number, or where it stood."""
        board, row = self._board, self._table.row
        number = row["trial"] if number is None and row is not None else number
        places = self._view.order(board)
        cursor = next((place for place in places if board.rows[place]["trial"] == number), None)
        self._table.show(board, places, self._view.hidden, cursor)
        shown = None if len(places) == len(board.rows) else len(places)
        title = describe_study(self._study, running=self._held, shown=shown)
        self.query_one("#title", Static).update(title, layout=False)
        self._decorate()
        self._tell()

    def _decorate(self) -> None:
        rows, view = self._board.rows, self._view
        marked = {place for place, row in enumerate(rows) if row["trial"] in view.marked}
        self._table.decorate(marked=marked, sort=view.sort, reverse=view.reverse)

    def _tell(self) -> None:
        """Say in a line what the row under the cursor is, or what is wrong with the filter."""
        view, row = self._view, self._table.row
        text = view.problem or describe_row(row, filtered=bool(view.wanted.terms))
        self.query_one("#status", Static).update(text, layout=False)
        if self.has_class("-wide"):
            if self._pane_timer is not None:
                self._pane_timer.stop()
            self._pane_timer = self.set_timer(PANE_DELAY, self._fill_pane)

    def on_resize(self) -> None:
        """A pane that has just come into sight is filled."""
        self.call_after_refresh(self._tell)

    def on_row_table_moved(self) -> None:
        """Tell of the row that the cursor came to."""
        self._tell()

    def _fill_pane(self) -> None:
        self._load(self._read_detail(0))

    def _read_detail(self, rows: int) -> Callable[[], Detail | None]:
        """Move the cursor, and return what reads the trial that it then stands on."""
        self._table.action_move(rows)
        study, row = self._study, self._table.row
        found = [trial for trial in study.trials if row is not None and trial.number == row["trial"]]
        return lambda: detail_of(study, found[0], row) if found and row is not None else None

    @work(thread=True, exclusive=True, group="detail")
    def _load(self, read: Callable[[], Detail | None]) -> None:
        detail = read()
        self.app.call_from_thread(self.query_one(DetailPane).take, detail)

    def _look(self) -> None:
        """Read again what has changed on disk, but not all the time."""
        if time.monotonic() < self._next_look:
            return
        running = is_held(self._study.folder)
        if running != self._held:
            self._held = running
            self._show()
        news = self._file.look()
        if news == "trials":
            self._next_look = float("inf")
            self._read()
        elif news == "reports" and self._table.row is not None and self._table.row["state"] == "running":
            self._tell()

    @work(thread=True, exclusive=True, group="read")
    def _read(self) -> None:
        started = time.monotonic()
        try:
            study, board = read_board(self._study.folder)
        except ConfigError as error:
            self.app.call_from_thread(self.notify, str(error), severity="error", markup=False)
        else:
            self.app.call_from_thread(self._take, study, board)
        self._next_look = time.monotonic() + REST * (time.monotonic() - started)

    def _take(self, study: StudyRecord, board: Board) -> None:
        """Go on with a newer state of the study, under the same filter and cursor."""
        row = self._table.row
        self._study, self._board = study, board
        self._view = self._view.on(board)
        self._show(None if row is None else row["trial"])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as a person types."""
        self._view = self._view.filtered(event.value, self._board)
        self._show()

    def on_input_submitted(self) -> None:
        """Go back to the table with the filter as it is."""
        self._table.focus()
        self.set_class(bool(self.query_one("#filter", Input).value), "-filtering")

    def on_descendant_focus(self) -> None:
        """Enter means something else while a filter is typed."""
        typing = self.query_one("#filter", Input).has_focus
        self.query_one(KeyBar).hint(("enter", "Done" if typing else "Details"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, all other keys are letters of it."""
        typing = self.is_mounted and self.query_one("#filter", Input).has_focus
        return action == "back" or not typing or not hasattr(self, f"action_{action}")

    def action_filter(self) -> None:
        """Type a filter."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    def action_back(self) -> None:
        """Leave the filter, first with it, then the screen."""
        line = self.query_one("#filter", Input)
        if line.value or line.has_focus:
            line.value = ""
            self.remove_class("-filtering")
            self._table.focus()
        else:
            self.app.pop_screen()

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        self.app.push_screen(ChooseOne("sort by", column_names(self._board), self._view.sort), self._sort_by)

    def _sort_by(self, key: str | None) -> None:
        if key:
            self._view = self._view.sorted_by(key)
            self._show()

    def on_row_table_header_clicked(self, event: RowTable.HeaderClicked) -> None:
        """Sort by the column."""
        self._sort_by(event.key)

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self._view.sort)

    def action_columns(self) -> None:
        """Choose the columns to show."""
        names = column_names(self._board)
        chosen = frozenset(names) - self._view.hidden
        self.app.push_screen(ChooseMany("columns", names, chosen), self._show_columns)

    def _show_columns(self, chosen: frozenset[str] | None) -> None:
        if chosen is not None:
            hidden = frozenset(column_names(self._board)) - chosen
            self._view = replace(self._view, hidden=hidden)
            self._show()

    def action_mark(self) -> None:
        """Mark the trial under the cursor, or take its mark away, and go on to the next."""
        row = self._table.row
        if row is not None:
            self._view = self._view.with_mark(row["trial"])
            self._decorate()
            self._table.action_move(1)

    def action_compare(self) -> None:
        """Put the marked trials side by side; a lone one beside that under the cursor."""
        row = self._table.row
        chosen = list(self._view.marked)
        if len(chosen) < 2 and row is not None and row["trial"] not in chosen:
            chosen.append(row["trial"])
        rows = {each["trial"]: each for each in self._board.rows}
        compared = [(each, rows[each.number]) for each in self._study.trials if each.number in chosen]
        compared.sort(key=lambda each: chosen.index(each[0].number))
        if len(compared) < 2:
            self.notify("Mark the trials to compare with space, two or more.", severity="warning")
        else:
            self.app.push_screen(CompareScreen(self._study, compared))

    def on_row_table_chosen(self) -> None:
        """Show the trial under the cursor on the whole screen."""
        self.app.push_screen(DetailScreen(self._read_detail, lambda name: getattr(self, f"action_{name}")()))

    def action_export(self) -> None:
        """Write the config of the trial under the cursor, or those of the marked ones."""
        self._actions.export(self, self._study, self._view.marked, self._table.row)

    def action_confirm(self) -> None:
        """Show the command that retrains the trial at its final budget."""
        self._actions.confirm(self, self._study, self._table.row)

    def action_commands(self) -> None:
        """Show the commands for the trial and its study."""
        self._actions.commands(self, self._study, self._table.row)
