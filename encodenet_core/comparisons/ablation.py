"""The paper's tables 1, 2 and 3 on one config: what clustering, targets and all of EncodeNet are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from encodenet_core.comparisons.accuracy_table import CONTROL_LABELS, HEADERS, accuracy_table, how_to_read
from encodenet_core.comparisons.comparison import Comparison
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.paper_numbers import CONDITIONS, TABLE_1, TABLE_2, TABLE_3, reading
from encodenet_core.comparisons.reconstruction_table import reconstruction_table
from encodenet_core.comparisons.report import Description
from encodenet_core.comparisons.seed_run import SeedRun
from encodenet_core.comparisons.tables import Labels, Table, seed_reasons
from encodenet_core.config import SELF_COUNTING_METHODS, EncodeNetConfig

SETUPS: Mapping[str, Mapping[str, Any]] = {
    "identity": {"autoencoder.target": "identity"},
    "class": {"autoencoder.target": "class"},
    "cluster": {"autoencoder.target": "cluster"},
}
"""The three ways to EncodeNet of table 3, and what each changes in the config."""

LABELS: Labels = {
    "baseline": "baseline",
    "identity": "identity target",
    "class": "class target",
    "cluster": "cluster target",
    **CONTROL_LABELS,
}

Network = tuple[str, str]
"""The names of dataset and architecture."""


def measure_ablation(run: SeedRun) -> None:
    """Baseline, the three targets, both controls."""
    run.measure_baseline()
    for setup, changes in SETUPS.items():
        run.measure_conversion(setup, changes)
    run.measure_controls(list(SETUPS.values()))


def tabulate_ablation(config: EncodeNetConfig, measured: Measured) -> list[Table]:
    """Tables 1 to 3 of what was measured so far, with the paper's own numbers where it gives any."""
    facts = (measured.first("baseline") or {}).get("dataset", {})
    trained_here = config.baseline.model is None
    network = (facts.get("name", ""), config.baseline.architecture if trained_here else "")
    return [_table_1(config, measured, network), _table_2(measured, network), _table_3(measured, network)]


def _table_1(config: EncodeNetConfig, measured: Measured, network: Network) -> Table:
    paper = TABLE_1.get(network)
    table = reconstruction_table("Table 1: reconstruction", measured, "class", "cluster", paper)
    with_ = f"with clustering: {config.clustering.method}, {_counts(config)}; without: one target a class."
    return table.with_notes([with_, *_of_the_paper("table 1", network, paper)])


def _counts(config: EncodeNetConfig) -> str:
    counted = config.clustering.method not in SELF_COUNTING_METHODS and config.clustering.n_clusters != "auto"
    return f"n_clusters={config.clustering.n_clusters}" if counted else "as many clusters as it finds"


def _table_2(measured: Measured, network: Network) -> Table:
    paper = TABLE_2.get(network)
    labels = {"baseline": "baseline", "cluster": "EncodeNet", **CONTROL_LABELS}
    accuracies = {} if paper is None else {"baseline": paper.baseline, "cluster": paper.encodenet}
    table = accuracy_table("Table 2: baseline and EncodeNet", measured, labels, HEADERS, accuracies)
    notes = [
        *how_to_read(measured),
        *_of_the_paper("table 2", network, paper),
        *seed_reasons(measured, LABELS),
    ]
    return table.with_notes(notes)


def _table_3(measured: Measured, network: Network) -> Table:
    accuracies = TABLE_3.get(network, {})
    table = accuracy_table("Table 3: what the targets are worth", measured, LABELS, HEADERS, accuracies)
    return table.with_notes(_of_the_paper("table 3", network, accuracies))


def _of_the_paper(table: str, network: Network, shown: object) -> list[str]:
    return [CONDITIONS, *reading(table, *network)] if shown else []


ABLATION = Comparison(
    Description("ablation", "encodenet ablate", "The paper's tables 1, 2 and 3", LABELS, [*HEADERS, "class"]),
    measure_ablation,
    tabulate_ablation,
)
