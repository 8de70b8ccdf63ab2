"""The pane that shows one trial in full."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from decoder_search.views.browser.detail_text import Detail, head_text, tail_text
from decoder_search.views.browser.pictures import Pictures

PICTURE = "reconstructions.png"


class DetailPane(VerticalScroll):
    """Params, measurements, seconds, curves and pictures of the trial that it was last given."""

    DEFAULT_CSS = """
    DetailPane { padding: 0 1; background: $surface; color: $foreground; }
    DetailPane Static { height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """An empty pane."""
        super().__init__(id=id)
        self._detail: Detail | None = None
        self._seen: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Words above and below the pictures, which come with a trial."""
        yield Static("", id="head", markup=False)
        yield Static("", id="tail", markup=False)

    def take(self, detail: Detail | None) -> None:
        """Show a trial soon; of several, the last one."""
        self._detail = detail
        self.call_later(self._show)

    async def _show(self) -> None:
        """Write the words anew; the pictures stay where they are the same ones."""
        detail = self._detail
        self._write()
        picture = None if detail is None else detail.folder / PICTURE
        seen = (picture, picture is not None and picture.exists(), self.app.theme)
        if seen == self._seen:
            return
        if picture is None or not self._seen or picture != self._seen[0]:
            self.scroll_home(animate=False)
        self._seen = seen
        await self.query(Pictures).remove()
        if picture is not None:
            await self.mount(Pictures(picture), before="#tail")

    def on_resize(self, event: events.Resize) -> None:
        """Bars and curves are as wide as the pane."""
        self._write()

    def _write(self) -> None:
        detail, width = self._detail, max(20, self.scrollable_content_region.width)
        head, tail = self.query_one("#head", Static), self.query_one("#tail", Static)
        head.update("no trial" if detail is None else head_text(detail))
        tail.update("" if detail is None else tail_text(detail, width))
