"""Marked trials side by side, with what differs between them made plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.screen import Screen
from textual.widgets import Static

from decoder_search.analysis.rows import Row
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.metrics import METRICS
from decoder_search.views.browser.key_bar import KeyBar
from encodenet_core.errors import one_line

DIFFERS = "≠ "
BEST = " ◂"

Compared = Sequence[tuple[TrialRecord, Row]]


def comparison_text(study: StudyRecord, compared: Compared, *, only_differing: bool) -> Text:
    """Params, then measurements, a column a trial; what differs has a sign, and so has what is best."""
    lines: list[list[Text]] = [
        [Text(), *(Text(f"trial {trial.number}", style="bold") for trial, _ in compared)],
        [Text(), *(Text(_standing(trial, row), style="dim") for trial, row in compared)],
    ]
    params = [parameter.path for parameter in study.settings.space.parameters]
    lines += _section(
        "params", params, compared, lambda path: [each.params.get(path) for each, _ in compared]
    )
    names = dict.fromkeys(name for trial, _ in compared for name in trial.metrics)
    lines += _section(
        "measured", names, compared, lambda name: [each.metrics.get(name) for each, _ in compared]
    )
    lines += _section("", ["seconds"], compared, lambda _: [trial.seconds for trial, _ in compared])
    kept = lines if not only_differing else [line for line in lines if _tells(line)]
    return _aligned(kept)


def _tells(line: Sequence[Text]) -> bool:
    """Whether a line stays where only differences are wanted: a heading, or one with the sign."""
    return len(line) == 1 or not line[0].plain or line[0].plain.startswith(DIFFERS)


def _standing(trial: TrialRecord, row: Row) -> str:
    if row["rank"] is None:
        return trial.state
    return f"rank {row['rank']}{' ★' if row['layer'] == 1 else ''}"


def _section(
    heading: str, names: Any, compared: Compared, values_of: Callable[[str], list[Any]]
) -> Iterator[list[Text]]:
    if heading:
        yield [Text()]
        yield [Text(heading, style="bold underline")]
    for name in names:
        values = values_of(name)
        differs = any(value != values[0] for value in values)
        best = _best(name, values) if differs else None
        style = "bold" if differs else "dim"
        cells = [
            Text(_shown(value) + (BEST if value is not None and value == best else ""), style=style)
            for value in values
        ]
        yield [Text((DIFFERS if differs else "  ") + name, style=style), *cells]


def _best(name: str, values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    better = METRICS[name].better if name in METRICS else None
    if len(known) < 2 or better is None:
        return None
    return max(known) if better == "more" else min(known)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return one_line(str(value))


def _aligned(lines: Sequence[Sequence[Text]]) -> Text:
    """Columns as wide as their widest cell; a heading on its own widens none."""
    widths: list[int] = []
    for line in lines:
        for place, cell in enumerate(line if len(line) > 1 else ()):
            widths[place:] = [max(cell_len(cell.plain), *widths[place : place + 1], 0), *widths[place + 1 :]]
    text = Text()
    for line in lines:
        for place, cell in enumerate(line):
            text.append_text(cell)
            if len(line) > 1:
                text.append(" " * (widths[place] - cell_len(cell.plain) + 3))
        text.append("\n")
    return text


class CompareScreen(Screen[None]):
    """Trials side by side."""

    DEFAULT_CSS = """
    CompareScreen > #title { height: 1; text-style: bold; background: $panel; padding: 0 1; }
    CompareScreen > ScrollableContainer { padding: 0 1; }
    CompareScreen > ScrollableContainer > Static { width: auto; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "differing", "Only what differs"),
        Binding("escape,v", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, study: StudyRecord, compared: Compared) -> None:
        """The trials with their rows, in the order of the columns."""
        super().__init__()
        self._study, self._compared, self._only = study, compared, False

    def compose(self) -> ComposeResult:
        """The table, which scrolls both ways."""
        count, name = len(self._compared), one_line(self._study.settings.name)
        yield Static(f"{count} trials of study {name}", id="title", markup=False)
        with ScrollableContainer():
            yield Static("", id="table", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Write the table, and let keys scroll it."""
        self.query_one(ScrollableContainer).focus()
        self._write()

    def action_differing(self) -> None:
        """Show only what differs, or everything again."""
        self._only = not self._only
        self._write()

    def _write(self) -> None:
        text = comparison_text(self._study, self._compared, only_differing=self._only)
        self.query_one("#table", Static).update(text)
