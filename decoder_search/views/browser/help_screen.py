"""What every key does, how a filter is written, and what the signs mean."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from decoder_search.views.browser.dialogs import Dialog
from decoder_search.views.browser.filters import GRAMMAR
from decoder_search.views.browser.key_bar import KeyBar
from encodenet_core.references import REFERENCES

MOVING = (
    ("↑ ↓ or k j", "one line; PgUp PgDn a screen; Home End or g G to the ends"),
    ("enter", "all there is to know of a trial, with its curves and pictures"),
    ("← → or h l", "columns that do not fit; a click on a header sorts by it"),
)

SIGNS = (
    ("★", "on the Pareto front: no other trial is better in both objectives"),
    ("●", "marked"),
    ("▾ ▴", "sorted by this column, the best value first or last"),
    ("±", "one standard error of an accuracy"),
    *(
        (f"Δ {reference.short}", f"points over {reference.explanation('the dearest trial')}")
        for reference in REFERENCES.values()
    ),
    ("probe", "pruned: the accuracy of a quick classifier at its last rung"),
    ("✓", "confirmed: mean accuracy over seeds at the final budget"),
)


class HelpScreen(Dialog[None]):
    """The keys of the screen below, and how to read it."""

    DEFAULT_CSS = "HelpScreen VerticalScroll { height: auto; max-height: 100%; }"

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        """Keys as they are written, and what each does."""
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The three lists in a box."""
        with Vertical() as box:
            box.border_title = "help"
            with VerticalScroll():
                yield Static("[bold]keys[/]")
                yield Static(_listed([*MOVING, *self._keys]))
                yield Static("\n[bold]filters[/]")
                yield Static(GRAMMAR, markup=False)
                yield Static("\n[bold]signs[/]")
                yield Static(_listed(SIGNS))
        yield KeyBar()


def _listed(entries: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=10)
    for sign, meaning in entries:
        table.add_row(sign, meaning)
    return table
