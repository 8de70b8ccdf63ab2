from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.report import Description, write_report
from encodenet_core.comparisons.tables import Column, Table
from encodenet_core.config_values import build_config, load_config

LABELS = {"baseline": "baseline", "class": "class target", "hdbscan": "HDBSCAN"}
DESCRIPTION = Description("toy", "encodenet toy", "A toy", LABELS, ["baseline"])
FACTS = {"name": "cifar10", "n_train": 40_000, "n_validation": 10_000, "n_test": 10_000, "classes": 10}


@pytest.fixture
def measured() -> Measured:
    found = Measured([0, 1])
    for seed, accuracy in enumerate([0.5, 0.7]):
        values = {"scores": {"test_accuracy": accuracy}, "dataset": FACTS}
        found.add(Measurement(seed, "baseline", {}, values))
    found.add(Measurement(1, "class", {}, {"scores": {"test_accuracy": 0.8}}))
    found.add(Measurement(0, "class", {}, {}, "too few images"))
    return found


def test_the_page_says_what_was_measured_and_holds_the_tables(measured: Measured, tmp_path: Path) -> None:
    config = build_config({"baseline.architecture": "resnet20", "autoencoder.training.epochs": 7})
    table = Table("Toys", (Column("setup"), Column("test\n%")), (("class target", "80.00 ±-"),))
    write_report(DESCRIPTION, config, measured, [table], tmp_path)
    assert (tmp_path / "tables.md").read_text(encoding="utf-8") == (
        "# A toy\n"
        "\n"
        "    encodenet toy config.yaml --seeds 2\n"
        "\n"
        "cifar10: 40,000 training, 10,000 validation and 10,000 test images of 10 classes. Network: "
        "resnet20. Embeddings: baseline. Epochs (recipe): baseline 15 (fast), autoencoder 7 (fast), "
        "classifier 30 (fast). "
        f"Seeds 0, 1, which all setups share. Keras {keras.__version__} on {keras.backend.backend()}.\n"
        "\n"
        "**Not finished**: 4 of 6 measured.\n"
        "\n"
        "## Toys\n"
        "\n"
        "| setup | test % |\n"
        "| --- | ---: |\n"
        "| class target | 80.00 ±- |\n"
    )
    assert load_config(tmp_path / "config.yaml") == config


def test_a_page_of_everything_is_not_called_unfinished(measured: Measured, tmp_path: Path) -> None:
    for seed in measured.seeds:
        measured.add(Measurement(seed, "hdbscan", {}, {}, "too few images"))
    write_report(DESCRIPTION, build_config({}), measured, [], tmp_path)
    assert "Not finished" not in (tmp_path / "tables.md").read_text(encoding="utf-8")


def test_a_given_model_has_no_budget_of_its_own(measured: Measured, tmp_path: Path) -> None:
    write_report(DESCRIPTION, build_config({"baseline.model": "mine.keras"}), measured, [], tmp_path)
    page = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert "Network: a given model. Embeddings: baseline. Epochs (recipe): autoencoder 15 (fast)" in page


def test_options_that_the_paper_does_not_have_are_named(measured: Measured, tmp_path: Path) -> None:
    config = build_config({"autoencoder.classification_weight": 0.5})
    write_report(DESCRIPTION, config, measured, [], tmp_path)
    page = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert "\nBeyond the paper: autoencoder.classification_weight=0.5.\n" in page


def test_json_holds_every_number_its_spread_and_the_paired_difference(
    measured: Measured, tmp_path: Path
) -> None:
    write_report(DESCRIPTION, build_config({}), measured, [], tmp_path)
    setups = json.loads((tmp_path / "toy.json").read_text(encoding="utf-8"))["setups"]
    assert list(setups) == ["baseline", "class"]
    summary = setups["baseline"]["summary"]
    assert summary["scores.test_accuracy"]["mean"] == pytest.approx(0.6)
    assert summary["scores.test_accuracy"]["standard_deviation"] == pytest.approx(0.02**0.5)
    assert not any(path.startswith("dataset.") for path in summary)
    assert setups["class"] == {
        "label": "class target",
        "measured": {"1": {"scores": {"test_accuracy": 0.8}}},
        "infeasible": {"0": "too few images"},
        "summary": {"scores.test_accuracy": {"mean": 0.8, "standard_deviation": None, "seeds": 1}},
        "differences": {
            "baseline": {
                "scores.test_accuracy": {
                    "mean": pytest.approx(0.1),
                    "standard_deviation": None,
                    "seeds": 1,
                    "values": {"1": pytest.approx(0.1)},
                }
            }
        },
    }
