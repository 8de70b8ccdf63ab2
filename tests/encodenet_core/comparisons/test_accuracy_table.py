from __future__ import annotations

from typing import Any

import pytest

from encodenet_core.comparisons.accuracy_table import CONTROL_LABELS, HEADERS, accuracy_table, how_to_read
from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured

LABELS = {"baseline": "baseline", "cluster": "EncodeNet", "class": "class target", **CONTROL_LABELS}
PAPER = {"baseline": 0.9256, "cluster": 0.9364}

ACCURACIES = {
    "baseline": (0.70, 0.72),
    "cluster": (0.71, 0.75),
    "control_training": (0.73, 0.73),
    "control_features": (0.70, 0.74),
}


def scores(test: float, **others: Any) -> dict[str, Any]:
    return {"scores": {"validation_accuracy": test + 0.01, "test_accuracy": test, **others}, "epochs": 7}


@pytest.fixture
def measured() -> Measured:
    """Test accuracy of two seeds; nothing of the setup `class`."""
    found = Measured([0, 1])
    for setup, accuracies in ACCURACIES.items():
        for seed, accuracy in enumerate(accuracies):
            found.add(Measurement(seed, setup, {}, scores(accuracy)))
    return found


def test_every_setup_is_compared_with_every_reference_but_itself(measured: Measured) -> None:
    table = accuracy_table("Table 2", measured, LABELS, HEADERS, {})
    assert [column.header for column in table.columns] == [
        "setup",
        "validation\n%",
        "test\n%",
        "Δ\nbase",
        "Δ\ntrain",
        "Δ\nfeat",
    ]
    assert table.rows == (
        ("baseline", "72.00 ±1.41", "71.00 ±1.41", "", "-2.00 ±1.41", "-1.00 ±1.41"),
        ("EncodeNet", "74.00 ±2.83", "73.00 ±2.83", "+2.00 ±1.41", "+0.00 ±2.83", "+1.00 ±0.00"),
        ("control A", "74.00 ±0.00", "73.00 ±0.00", "+2.00 ±1.41", "", "+1.00 ±2.83"),
        ("control B", "73.00 ±2.83", "72.00 ±2.83", "+1.00 ±1.41", "-1.00 ±2.83", ""),
    )


def test_the_papers_number_stands_beside_ours_with_its_gain(measured: Measured) -> None:
    table = accuracy_table("Table 2", measured, LABELS, HEADERS, PAPER)
    assert table.columns[-1].header == "paper\n%"
    assert [row[-1] for row in table.rows] == ["92.56", "93.64 (+1.08)", "", ""]


def test_the_accuracy_selected_on_validation_stands_beside_the_last_where_it_is_known(
    measured: Measured,
) -> None:
    measured.add(Measurement(0, "cluster", {}, scores(0.71, selected_test_accuracy=0.77)))
    table = accuracy_table("Table 2", measured, LABELS, HEADERS, {})
    place = [column.header for column in table.columns].index("selected\ntest %")
    assert [row[place] for row in table.rows] == ["", "77.00 ±-", "", ""]


def test_balanced_accuracy_stands_beside_accuracy_where_classes_are_uneven(measured: Measured) -> None:
    for seed in (0, 1):
        balanced = {"validation_balanced_accuracy": 0.5, "test_balanced_accuracy": 0.6 + 0.1 * seed}
        measured.add(Measurement(seed, "baseline", {}, scores(0.7, **balanced)))
    table = accuracy_table("Table 2", measured, LABELS, HEADERS, {})
    assert [column.header for column in table.columns][1:5] == [
        "validation\n%",
        "validation\nbalanced %",
        "test\n%",
        "test\nbalanced %",
    ]
    assert table.rows[0][1:5] == ("71.00 ±0.00", "50.00 ±0.00", "70.00 ±0.00", "65.00 ±7.07")
    assert table.rows[1][2] == table.rows[1][4] == ""
    assert how_to_read(measured)[1].startswith("balanced: the mean over classes of the shares")
    assert len(table.to_json()["rows"][0]) == len(table.columns)


def test_one_seed_has_no_spread(measured: Measured) -> None:
    alone = Measured([1])
    alone.add(measured.measurements["cluster"][1])
    assert accuracy_table("T", alone, LABELS, {}, {}).rows == (("EncodeNet", "76.00 ±-", "75.00 ±-"),)
    assert how_to_read(alone)[0] == "seed 1: no spread; accuracies are of the last epoch."


def test_the_notes_say_over_which_seeds_and_for_how_long_the_control_was_trained(measured: Measured) -> None:
    notes = how_to_read(measured)
    assert notes[0].startswith("± sample standard deviation over seeds 0, 1;")
    assert "for 7 epochs" in notes[2]


def test_no_gain_is_shown_over_a_control_that_fell_below_the_baseline(measured: Measured) -> None:
    for seed, test in enumerate(ACCURACIES["baseline"]):
        counted = {**scores(test), "dataset": {"n_test": 1000}}
        measured.add(Measurement(seed, "baseline", {}, counted))
        measured.add(Measurement(seed, "control_training", {}, scores(0.1)))
    assert measured.fallen() == {"control_training": "fell to 10.00 %"}
    table = accuracy_table("Table 2", measured, LABELS, HEADERS, {})
    assert "Δ\ntrain" not in [column.header for column in table.columns]
    assert table.rows[2][:3] == ("control A", "11.00 ±0.00", "10.00 ±0.00")
    assert "control A fell to 10.00 %: no yardstick." in how_to_read(measured)
