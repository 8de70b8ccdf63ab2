from __future__ import annotations

import pytest

from encodenet_core.comparisons.ablation import ABLATION, LABELS, SETUPS, tabulate_ablation
from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.paper_numbers import CONDITIONS
from encodenet_core.config_values import build_config, change_config

RECONSTRUCTION = {
    "mse": 0.02,
    "train_mse": 0.02,
    "explained_variance": 0.2,
    "retrieval": 0.4,
    "n_targets": 10,
}


def measured_on(dataset: str) -> Measured:
    """Every setup of one seed."""
    found = Measured([0])
    for place, setup in enumerate(LABELS):
        scores = {"validation_accuracy": 0.9, "test_accuracy": 0.80 + place / 100}
        values = {"scores": scores, "reconstruction": RECONSTRUCTION, "epochs": 5, "dataset": facts(dataset)}
        found.add(Measurement(0, setup, {}, values))
    return found


def facts(name: str) -> dict[str, object]:
    return {"name": name, "n_train": 40_000, "n_validation": 10_000, "n_test": 10_000, "classes": 10}


def test_the_setups_are_the_three_targets_of_table_3_whatever_the_config_says() -> None:
    config = build_config({"autoencoder.target": "class"})
    targets = {setup: change_config(config, changes).autoencoder.target for setup, changes in SETUPS.items()}
    assert targets == {"identity": "identity", "class": "class", "cluster": "cluster"}


def test_table_3_has_every_setup_in_the_papers_order_then_both_controls() -> None:
    config = build_config({"baseline.architecture": "small"})
    _, table_2, table_3 = tabulate_ablation(config, measured_on("digits"))
    assert [row[0] for row in table_3.rows] == [
        "baseline",
        "identity target",
        "class target",
        "cluster target",
        "control A",
        "control B",
    ]
    assert [row[0] for row in table_2.rows] == ["baseline", "EncodeNet", "control A", "control B"]
    assert [row[2] for row in table_2.rows] == ["80.00 ±-", "83.00 ±-", "84.00 ±-", "85.00 ±-"]


def test_the_papers_numbers_stand_in_tables_1_and_2_where_it_has_that_network() -> None:
    config = build_config({"baseline.architecture": "resnet20"})
    table_1, table_2, table_3 = tabulate_ablation(config, measured_on("cifar10"))
    assert [row[-1] for row in table_1.rows] == ["0.0250", "0.0107", "-0.0143", "-57.2 %"]
    assert [row[-1] for row in table_2.rows] == ["92.56", "93.64 (+1.08)", "", ""]
    assert CONDITIONS in table_1.notes
    assert CONDITIONS in table_2.notes
    assert table_3.columns[-1].header != "paper\n%"
    assert CONDITIONS not in table_3.notes


@pytest.mark.parametrize(
    ("dataset", "values"),
    [
        ("digits", {"baseline.architecture": "resnet20"}),
        ("cifar10", {"baseline.architecture": "resnet9"}),
        ("cifar10", {"baseline.architecture": "resnet20", "baseline.model": "mine.keras"}),
    ],
)
def test_other_networks_have_no_column_for_the_paper(dataset: str, values: dict[str, str]) -> None:
    tables = tabulate_ablation(build_config(values), measured_on(dataset))
    assert not any("paper" in column.header for table in tables for column in table.columns)
    assert not any(CONDITIONS in table.notes for table in tables)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"clustering.n_clusters": 3}, "with clustering: kmeans, n_clusters=3; without: one target a class."),
        (
            {"clustering.method": "hdbscan"},
            "with clustering: hdbscan, as many clusters as it finds; without: one target a class.",
        ),
    ],
)
def test_table_1_says_which_clustering_it_compares(values: dict[str, object], said: str) -> None:
    assert said in tabulate_ablation(build_config(values), measured_on("digits"))[0].notes


def test_a_setup_that_cannot_run_is_named_below_table_2() -> None:
    measured = measured_on("digits")
    measured.add(Measurement(0, "cluster", {}, {}, "class 7 has 2 images"))
    _, table_2, table_3 = tabulate_ablation(build_config({}), measured)
    assert "cluster target, seed 0: class 7 has 2 images" in table_2.notes
    assert "cluster target" not in [row[0] for row in table_3.rows]


def test_tables_can_be_made_before_anything_but_the_baseline_is_measured() -> None:
    measured = Measured([0, 1])
    baseline = {"scores": {"validation_accuracy": 0.5, "test_accuracy": 0.5}, "dataset": facts("digits")}
    measured.add(Measurement(0, "baseline", {}, baseline))
    table_1, table_2, table_3 = tabulate_ablation(build_config({}), measured)
    assert [row[1] for row in table_1.rows] == ["-", "-"]
    assert [row[0] for row in table_2.rows] == [row[0] for row in table_3.rows] == ["baseline"]


def test_everything_measured_has_a_label() -> None:
    assert set(SETUPS) < set(ABLATION.description.labels)
    assert set(ABLATION.description.references) < set(ABLATION.description.labels)
