"""One trial on the whole screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from decoder_search.views.browser.detail_pane import DetailPane
from decoder_search.views.browser.detail_text import Detail
from decoder_search.views.browser.key_bar import KeyBar


class DetailScreen(Screen[None]):
    """The trial under the cursor of the table below, and those before and after it in its order.

    Args:
        read: moves that cursor by so many rows and reads the trial that it comes to stand on.
        act: does with that trial what a key of the table does: `export`, `confirm` or `commands`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n", "step(1)", "Next", key_display="→"),
        Binding("left,p", "step(-1)", "Previous", key_display="←"),
        Binding("e", "act('export')", "Export"),
        Binding("x", "act('confirm')", "Confirm"),
        Binding("y", "act('commands')", "Commands"),
        Binding("question_mark", "app.help", "Help", key_display="?"),
        Binding("escape,enter", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(
        self, read: Callable[[int], Callable[[], Detail | None]], act: Callable[[str], None]
    ) -> None:
        """A screen that is filled once it is shown."""
        super().__init__()
        self._read, self._act = read, act

    def compose(self) -> ComposeResult:
        """The pane and the keys."""
        yield DetailPane(id="detail")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the trial that was chosen."""
        self.query_one(DetailPane).focus()
        self.action_step(0)

    def action_step(self, rows: int) -> None:
        """Show the trial so many rows further."""
        self._load(self._read(rows))

    def action_act(self, name: str) -> None:
        """Do something with the trial."""
        self._act(name)

    @work(thread=True, exclusive=True)
    def _load(self, read: Callable[[], Detail | None]) -> None:
        detail = read()
        self.app.call_from_thread(self.query_one(DetailPane).take, detail)
