"""Table 1: how well the autoencoder hits its targets with and without intraclass clustering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.paper_numbers import ReconstructionLoss
from encodenet_core.comparisons.spread import BySeed, spread, subtract
from encodenet_core.comparisons.tables import Column, Table, show_spread


@dataclass(frozen=True)
class _Metric:
    """A number of a reconstruction and how it is shown."""

    column: Column
    name: str
    form: str
    scale: float = 1.0


_METRICS = (
    _Metric(Column("mse"), "mse", ".4f"),
    _Metric(Column("training\nmse", wide=True), "train_mse", ".4f"),
    _Metric(Column("explained\nvariance %"), "explained_variance", ".1f", 100.0),
    _Metric(Column("retrieval\n%"), "retrieval", ".1f", 100.0),
    _Metric(Column("targets", wide=True), "n_targets", ".0f"),
)
_LOSSES = ("mse", "train_mse")

Numbers = Mapping[str, BySeed]

NOTES = (
    "mse: mean squared error of a pixel in [0, 1], on validation images after the last epoch; training mse: "
    "the last epoch's, on augmented images.",
    "mse does not compare clusterings: fewer and more central targets are easier to hit. Retrieval, the "
    "share of reconstructions nearest to a representative of their own class, does.",
)


def reconstruction_table(
    title: str, measured: Measured, without: str, with_: str, paper: ReconstructionLoss | None
) -> Table:
    """The reconstruction with and without clustering, their difference paired by seed, and the paper's.

    Args:
        title: of the table.
        measured: what was measured so far.
        without: the setup with one target a class.
        with_: the setup with one target a class and cluster.
        paper: its losses, where it gives any for this dataset and architecture.
    """
    before, after = (
        {metric.name: measured.numbers(setup, f"reconstruction.{metric.name}") for metric in _METRICS}
        for setup in (without, with_)
    )
    losses = ("", "") if paper is None else tuple(f"{loss:.4f}" for loss in paper)
    rows = [
        ("without clustering", *_cells(before, ""), losses[0]),
        ("with clustering", *_cells(after, ""), losses[1]),
    ]
    if subtract(after["mse"], before["mse"]):
        rows += _difference_rows(before, after, paper)
    columns = (Column("setup"), *[metric.column for metric in _METRICS], Column("paper\nmse"))
    return Table(title, columns, tuple(rows), NOTES).without_empty_columns()


def _difference_rows(
    before: Numbers, after: Numbers, paper: ReconstructionLoss | None
) -> list[tuple[str, ...]]:
    differences = {name: subtract(after[name], before[name]) for name in after}
    shares = {
        name: {seed: difference / before[name][seed] for seed, difference in differences[name].items()}
        for name in _LOSSES
    }
    relative = [
        f"{show_spread(spread(shares[metric.name]), '+.1f', 100.0)} %" if metric.name in shares else ""
        for metric in _METRICS
    ]
    loss, share = "", ""
    if paper is not None:
        change = paper.with_clustering - paper.without_clustering
        loss, share = f"{change:+.4f}", f"{100 * change / paper.without_clustering:+.1f} %"
    return [("difference", *_cells(differences, "+"), loss), ("relative", *relative, share)]


def _cells(numbers: Numbers, sign: str) -> list[str]:
    return [
        show_spread(spread(numbers[metric.name]), sign + metric.form, metric.scale) for metric in _METRICS
    ]
