"""The list of studies, which fills while they are read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from decoder_search.records.listing import list_studies
from decoder_search.views.browser.board import board_under, read_board
from decoder_search.views.browser.key_bar import KeyBar
from decoder_search.views.browser.study_list import StudySummary, glance, study_columns, summarise
from decoder_search.views.browser.table import RowTable
from decoder_search.views.browser.trials_screen import TrialsScreen
from encodenet_core.errors import ConfigError

LOOK_SECONDS = 2.0


class StudiesScreen(Screen[None]):
    """Every study of a folder, the one written last first; a chosen one is opened.

    Args:
        results: the folder that holds them.
        now: what ages count from, in seconds of the epoch.
    """

    DEFAULT_CSS = """
    StudiesScreen > #title { height: 1; text-style: bold; background: $panel; padding: 0 1; }
    StudiesScreen > #problem { height: auto; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "app.help", "Help", key_display="?")]

    def __init__(self, results: Path, now: Callable[[], float] = time.time) -> None:
        """A list that is read once it is shown."""
        super().__init__()
        self._results, self._now = results, now
        self._known: dict[Path, StudySummary] = {}

    def compose(self) -> ComposeResult:
        """Title, table, why a study cannot be read, keys."""
        yield Static(f"studies in {self._results}", id="title", markup=False)
        yield RowTable(id="studies")
        yield Static("", id="problem", markup=False)
        yield KeyBar(("enter", "Open"))

    def on_mount(self) -> None:
        """Read now, and again where something changes."""
        self.query_one(RowTable).focus()
        self._look()
        self.set_interval(LOOK_SECONDS, self._look)

    def on_screen_resume(self) -> None:
        """Come back to what is there now."""
        self._look()

    def _look(self) -> None:
        """Take up new studies and drop those that are gone; read those that changed since they were."""
        if not self.is_current:
            return
        try:
            folders = list_studies(self._results)
        except ConfigError as error:
            self.query_one("#problem", Static).update(str(error))
            return
        seen = {folder: glance(folder) for folder in folders}
        changed = [folder for folder in folders if self._is_news(seen[folder])]
        self._known = {folder: self._known.get(folder, seen[folder]) for folder in folders}
        self._show()
        if changed:
            self._read(changed)

    def _is_news(self, seen: StudySummary) -> bool:
        known = self._known.get(seen.folder)
        return known is None or known.modified != seen.modified or known.standing in ("reading", "running")

    @work(thread=True, exclusive=True)
    def _read(self, folders: Sequence[Path]) -> None:
        """Read one study after the other, beside the application."""
        worker = get_current_worker()
        for folder in folders:
            summary = summarise(folder)
            if worker.is_cancelled:
                return
            self.app.call_from_thread(self._learn, summary)

    def _learn(self, summary: StudySummary) -> None:
        if summary.folder in self._known:
            self._known[summary.folder] = summary
            self._show()

    def _show(self) -> None:
        table = self.query_one(RowTable)
        before = table.row
        summaries = list(self._known.values())
        board = board_under(study_columns(self._now()), [each.row for each in summaries], 1)
        folders = list(self._known)
        cursor = folders.index(before["folder"]) if before and before["folder"] in folders else None
        table.show(board, range(len(summaries)), frozenset(), cursor)
        self._explain()

    def on_row_table_moved(self) -> None:
        """Say what is wrong with the study under the cursor, if anything is."""
        self._explain()

    def _explain(self) -> None:
        row = self.query_one(RowTable).row
        if row is None:
            text = "There is no study here yet. Start one: decoder-search run digits"
        else:
            text = row["problem"]
        self.query_one("#problem", Static).update(text)

    def on_row_table_chosen(self) -> None:
        """Open the study under the cursor."""
        row = self.query_one(RowTable).row
        if row is not None:
            self._open(row["folder"])

    @work(thread=True, exclusive=True, group="open")
    def _open(self, folder: Path) -> None:
        try:
            study, board = read_board(folder)
        except ConfigError as error:
            self.app.call_from_thread(self.notify, str(error), severity="error", markup=False)
            return
        self.app.call_from_thread(self.app.push_screen, TrialsScreen(study, board, self._results))
