"""The prior work beside LeNet: four rows by seed, measured once; what cannot be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from color_models import save_color_archive

from encodenet_core.comparisons.comparison import run_comparison
from encodenet_core.comparisons.early_exits import LABELS, compare_exits
from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.seed_run import Surroundings
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, change_config
from encodenet_core.errors import ConfigError, DataError
from encodenet_core.io.plain_json import read_json
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

HALF = 1.6
"""Nats; after 4 epochs about half of the tiny training images are below."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> StageCache:
    return StageCache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def measure(tiny_config: EncodeNetConfig, cache: StageCache, tmp_path: Path) -> Any:
    """Measures one seed; answers with which setups were fresh, the table and the JSON."""

    def call(threshold: float | None, **changes: Any) -> tuple[list[bool], Any, Any]:
        fresh: list[bool] = []
        config = change_config(tiny_config, {key.replace("__", "."): v for key, v in changes.items()})
        surroundings = Surroundings(
            StageCache(tmp_path / "cache"),
            keep_silent,
            lambda text: None,
            lambda *told: fresh.append(told[2]),
        )
        comparison = compare_exits(config, threshold)
        tables = run_comparison(comparison, config, 1, tmp_path / "out", surroundings)
        return fresh, tables[0], read_json(tmp_path / "out" / "exits.json")

    return call


def test_four_networks_are_measured_once_and_another_threshold_trains_no_network_again(measure: Any) -> None:
    fresh, table, told = measure(HALF)
    assert fresh == [True] * 4
    assert [row[0] for row in table.rows] == list(LABELS.values())
    numbers = {setup: each["measured"]["0"] for setup, each in told["setups"].items()}
    assert numbers["lenet"]["dataset"]["n_train"] == 120
    assert 0 < numbers["branchynet"]["exit_rate"] < 1
    staying = 1 - numbers["branchynet"]["exit_rate"]
    assert numbers["branchynet"]["forward_macs"] == pytest.approx(24_650 + staying * 257_210)
    assert numbers["truncated"]["forward_macs"] == 24_650
    assert numbers["truncated"]["easy_rate"] == numbers["branchynet"]["exit_rate"]
    assert numbers["cbnet"]["forward_macs"] == 24_650 + 2 * (64 * 128 + 128 * 64 + 64 * 32)
    assert numbers["truncated"]["scores"]["parameters"] < numbers["cbnet"]["scores"]["parameters"]
    assert all(values["latency_ms"] > 0 for values in numbers.values())

    assert measure(HALF)[0] == [False] * 4
    fresh, table, told = measure(2.302)
    again = {setup: each["measured"].get("0") for setup, each in told["setups"].items()}
    assert fresh == [True] * 4
    assert again["lenet"]["seconds"] == numbers["lenet"]["seconds"]
    assert again["branchynet"]["threshold"] == 2.302
    assert again["branchynet"]["hard_accuracy"] is None
    assert again["branchynet"]["scores"]["test_accuracy"] == again["truncated"]["scores"]["test_accuracy"]
    assert told["setups"]["cbnet"]["infeasible"]["0"].startswith("all of 120 training images have less than")


def test_where_no_image_leaves_branchynet_is_its_last_exit_and_there_is_no_cbnet(measure: Any) -> None:
    _, table, told = measure(1e-9)
    numbers = {setup: each["measured"].get("0") for setup, each in told["setups"].items()}
    assert numbers["branchynet"]["exit_rate"] == 0.0
    assert numbers["branchynet"]["forward_macs"] == 24_650 + 257_210
    assert numbers["branchynet"]["hard_accuracy"] == numbers["branchynet"]["scores"]["test_accuracy"]
    assert [row[0] for row in table.rows] == [*LABELS.values()][:3]
    (reason,) = [note for note in table.notes if note.startswith("CBNet, seed 0: ")]
    assert reason.startswith("CBNet, seed 0: none of 120 training images have less than 1e-09 nats")


def test_without_a_threshold_the_validation_images_choose_one(measure: Any) -> None:
    _, table, told = measure(None)
    numbers = told["setups"]["branchynet"]["measured"]["0"]
    assert numbers["threshold"] != HALF
    assert f"Thresholds by seed, in nats: {numbers['threshold']:.3g}." in table.notes


def test_what_does_not_fit_the_images_is_refused_before_anything_is_trained(
    measure: Any, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="^--threshold is 2.31 nats, but expected is above 0 and at most"):
        measure(2.31)
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="^--threshold is .* nats, but expected is above 0"):
            compare_exits(build_config({}), wrong)
    with pytest.raises(ConfigError, match="^baseline.model is 'mine.keras', but expected is none"):
        compare_exits(build_config({"baseline.model": "mine.keras"}))
    with pytest.raises(DataError, match="^colour images of 8x8 pixels do not fit the U-Net"):
        measure(None, dataset__source=str(save_color_archive(tmp_path / "colors.npz")))
    assert not (tmp_path / "out").exists()


def test_the_table_has_means_and_gains_paired_by_seed() -> None:
    measured = Measured([0, 1])
    accuracies = {"lenet": (0.98, 0.96), "branchynet": (0.99, 0.97), "truncated": (0.95, 0.97)}
    for setup, by_seed in accuracies.items():
        for seed, accuracy in enumerate(by_seed):
            scores = {"test_accuracy": accuracy, "parameters": 7_000}
            exits = {} if setup == "lenet" else {"exit_rate": 0.5 + seed / 4, "threshold": 0.1 + seed}
            values = {"scores": scores, "forward_macs": 1e6 * (1 + seed), "latency_ms": 2.0, **exits}
            measured.add(Measurement(seed, setup, {}, values))
    (table,) = compare_exits(build_config({})).tabulate(build_config({}), measured)
    cells = [
        ("LeNet", "97.00 ±1.41", "", "", "", "1.500", "7,000", "2.00", "", "-1.00 ±0.00", "+1.00 ±2.83"),
        (
            "BranchyNet",
            "98.00 ±1.41",
            "62.5",
            "",
            "",
            "1.500",
            "7,000",
            "2.00",
            "+1.00 ±0.00",
            "",
            "+2.00 ±2.83",
        ),
    ]
    assert list(table.rows[:2]) == cells
    assert "Thresholds by seed, in nats: 0.1, 1.1." in table.notes
    assert any(note.startswith("Reconstructed: ") for note in table.notes)
