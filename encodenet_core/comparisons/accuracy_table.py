"""Accuracy of several setups and their gains over what the same effort gives: the form of tables 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping

from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.tables import Column, Labels, Table, name_seeds, percent, points
from encodenet_core.references import REFERENCES
from encodenet_core.yardsticks import no_yardstick

HEADERS: Labels = {name: reference.short for name, reference in REFERENCES.items()}
"""What every setup is compared with, and the word for it in a header."""

CONTROL_LABELS: Labels = {
    name: reference.label for name, reference in REFERENCES.items() if name != "baseline"
}


def accuracy_table(
    title: str, measured: Measured, labels: Labels, references: Labels, paper: Mapping[str, float]
) -> Table:
    """Accuracy of every setup, and its gain over every reference, paired by seed.

    Args:
        title: of the table.
        measured: what was measured so far; a setup of which nothing is known has no row.
        labels: the setups to show.
        references: the setups to compare with, and the word for each in a header.
        paper: the paper's test accuracy of those setups for which it gives one, as a share in [0, 1].
    """
    columns = [
        Column("setup"),
        Column("validation\n%", wide=True),
        Column("validation\nbalanced %", wide=True),
        Column("test\n%"),
        Column("test\nbalanced %"),
        Column("selected\ntest %", wide=True),
        *[Column(f"Δ\n{word}") for word in references.values()],
        Column("paper\n%"),
    ]
    rows = [
        _row(setup, label, measured, references, paper)
        for setup, label in labels.items()
        if measured.numbers(setup, "scores.test_accuracy")
    ]
    return Table(title, tuple(columns), tuple(rows)).without_empty_columns()


def _row(
    setup: str, label: str, measured: Measured, references: Labels, paper: Mapping[str, float]
) -> tuple[str, ...]:
    test = measured.numbers(setup, "scores.test_accuracy")
    unfit = {setup, *measured.fallen()}
    gains = [
        "" if other in unfit else points(test, measured.numbers(other, "scores.test_accuracy"))
        for other in references
    ]
    validation = percent(measured.numbers(setup, "scores.validation_accuracy"))
    balanced, balanced_test, selected = (
        percent(numbers) if (numbers := measured.numbers(setup, f"scores.{name}_accuracy")) else ""
        for name in ("validation_balanced", "test_balanced", "selected_test")
    )
    return (
        label,
        validation,
        balanced,
        percent(test),
        balanced_test,
        selected,
        *gains,
        _paper_accuracy(setup, paper),
    )


def _paper_accuracy(setup: str, paper: Mapping[str, float]) -> str:
    """The paper's accuracy, and its gain over the baseline in brackets."""
    if setup not in paper:
        return ""
    gain = "" if setup == "baseline" else f" ({100 * (paper[setup] - paper['baseline']):+.2f})"
    return f"{100 * paper[setup]:.2f}{gain}"


def how_to_read(measured: Measured) -> tuple[str, ...]:
    """What must be known to read accuracies, spreads and gains, a line each."""
    seeds = name_seeds(measured.seeds)
    spread = f"± sample standard deviation over {seeds}" if len(measured.seeds) > 1 else f"{seeds}: no spread"
    trained_on = measured.first("control_training") or {}
    epochs = f", here for {trained_on['epochs']} epochs" if trained_on else ""
    is_uneven = bool(measured.numbers("baseline", "scores.test_balanced_accuracy"))
    balanced = ["balanced: the mean over classes of the shares classified correctly."] if is_uneven else []
    fallen = (f"{no_yardstick(name, why)}." for name, why in measured.fallen().items())
    *first, last = (f"{reference.label} ({reference.short})" for reference in REFERENCES.values())
    return (
        f"{spread}; accuracies are of the last epoch.",
        *balanced,
        f"Δ: gain in points of test accuracy, paired by seed, over the {', '.join(first)} and {last}.",
        f"{REFERENCES['control_training'].explanation('the dearest setup')}{epochs}.",
        f"{REFERENCES['control_features'].explanation('the dearest setup')}.",
        *fallen,
    )
