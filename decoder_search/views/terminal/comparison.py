"""A comparison of studies for people: one table of what they reached, one of what their epochs bought."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from decoder_search.analysis.comparison import LEVEL, Comparison, StudyProgress
from decoder_search.analysis.rows import Row
from decoder_search.space.metrics import METRICS, is_share
from decoder_search.views.terminal.columns import GAINS, Column
from decoder_search.views.terminal.sheets import Sheets
from encodenet_core.errors import one_line

BUDGETS = 8
"""At how many numbers of epochs the hypervolumes are told, each twice the one before."""

UNKNOWN = "–"


def build_comparison(comparison: Comparison) -> Group:
    """Both tables, what does not compare, and how to read them, for `rich` to print."""
    notes = [Text(note, style="yellow") for note in comparison.notes]
    return Group(
        _reached(comparison), _bought(comparison.studies), *notes, *_how_to_read(comparison.reconstruction)
    )


def _reached(comparison: Comparison) -> Sheets:
    rows = [_row(study) for study in comparison.studies]
    reconstruction = comparison.reconstruction
    form = "{:.1%}" if is_share(reconstruction) else "{:.4f}"
    return Sheets(
        rows,
        [Column("study", _shown("study", "{}"), is_number=False)],
        [
            Column("sampler", _shown("sampler", "{}"), is_number=False),
            Column("trials", _shown("trials", "{}")),
            Column("epochs", _shown("epochs", "{}")),
            Column("best\ntrial", _shown("trial", "{}")),
            Column("accuracy\n% ↑", _accuracy),
            *(Column(header, _shown(key, "{:+.2f}", 100)) for header, key in GAINS.items()),
            Column(f"{reconstruction}\n{METRICS[reconstruction].arrow}", _shown(reconstruction, form)),
            Column("front", _shown("front", "{}")),
            Column("hyper-\nvolume ↑", _shown("hypervolume", "{:.4f}")),
            Column(f"epochs\nto {LEVEL:.0%}", _shown("epochs_to_level", "{}")),
        ],
        [],
    )


def _row(study: StudyProgress) -> Row:
    progress = {name: value for name, value in vars(study).items() if name not in ("best", "curve")}
    best = study.best or {}
    return {**best, **progress, "study": one_line(study.name), "trials": sum(study.states.values())}


def _shown(key: str, form: str, factor: int = 1) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value: Any = row.get(key)
        return UNKNOWN if value is None else form.format(value if factor == 1 else factor * value)

    return show


def _accuracy(row: Row) -> str:
    if "accuracy" not in row:
        return UNKNOWN
    error = row["standard_error"]
    return f"{100 * row['accuracy']:.2f}{'' if error is None else f' ±{100 * error:.2f}'}"


def _bought(studies: Sequence[StudyProgress]) -> Sheets:
    """The hypervolume of every study after the same numbers of epochs, as long as it went on."""
    most = max(study.epochs for study in studies)
    budgets = sorted({most >> halvings for halvings in range(BUDGETS)} - {0})

    def bought(study: StudyProgress) -> Callable[[Row], str]:
        def show(row: Row) -> str:
            value = study.hypervolume_at(row["epochs"])
            return "" if value is None else f"{value:.4f}"

        return show

    return Sheets(
        [{"epochs": epochs} for epochs in budgets],
        [Column("epochs\nspent", _shown("epochs", "{}"))],
        [Column(f"hypervolume\n{one_line(study.name)}", bought(study)) for study in studies],
        [],
    )


def _how_to_read(reconstruction: str) -> Iterator[Text]:
    yield Text(
        "epochs: of the autoencoder, of all trials together, pruned ones too; ± standard error; Δ points."
    )
    yield Text(f"hypervolume: what the front of accuracy and {reconstruction} dominates.")
    yield Text(f"epochs to {LEVEL:.0%}: of the largest hypervolume of these studies.")
