from __future__ import annotations

import pytest

from encodenet_core.comparisons.measurements import Measurement
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.paper_numbers import ReconstructionLoss
from encodenet_core.comparisons.reconstruction_table import reconstruction_table


def reconstruction(mse: float, retrieval: float, n_targets: int) -> dict[str, object]:
    numbers = {"mse": mse, "train_mse": 2 * mse, "explained_variance": 0.25}
    return {"reconstruction": {**numbers, "retrieval": retrieval, "n_targets": n_targets}}


@pytest.fixture
def measured() -> Measured:
    found = Measured([0, 1])
    for seed, (without, with_) in enumerate([(0.02, 0.03), (0.04, 0.07)]):
        found.add(Measurement(seed, "class", {}, reconstruction(without, 0.5, 10)))
        found.add(Measurement(seed, "cluster", {}, reconstruction(with_, 0.4, 30)))
    return found


def test_losses_stand_beside_their_paired_difference_and_the_papers(measured: Measured) -> None:
    table = reconstruction_table("Table 1", measured, "class", "cluster", ReconstructionLoss(0.016, 0.008))
    assert [column.header for column in table.columns] == [
        "setup",
        "mse",
        "training\nmse",
        "explained\nvariance %",
        "retrieval\n%",
        "targets",
        "paper\nmse",
    ]
    # Differences 0.01 and 0.03; relative to what they were before: 50 % and 75 %.
    assert table.rows == (
        (
            "without clustering",
            "0.0300 ±0.0141",
            "0.0600 ±0.0283",
            "25.0 ±0.0",
            "50.0 ±0.0",
            "10 ±0",
            "0.0160",
        ),
        ("with clustering", "0.0500 ±0.0283", "0.1000 ±0.0566", "25.0 ±0.0", "40.0 ±0.0", "30 ±0", "0.0080"),
        ("difference", "+0.0200 ±0.0141", "+0.0400 ±0.0283", "+0.0 ±0.0", "-10.0 ±0.0", "+20 ±0", "-0.0080"),
        ("relative", "+62.5 ±17.7 %", "+62.5 ±17.7 %", "", "", "", "-50.0 %"),
    )


def test_without_the_papers_number_there_is_no_column_for_it(measured: Measured) -> None:
    table = reconstruction_table("Table 1", measured, "class", "cluster", None)
    assert table.columns[-1].header == "targets"


def test_no_difference_is_shown_until_both_are_measured() -> None:
    measured = Measured([0])
    measured.add(Measurement(0, "class", {}, reconstruction(0.02, 0.5, 10)))
    table = reconstruction_table("Table 1", measured, "class", "cluster", None)
    assert [row[:2] for row in table.rows] == [("without clustering", "0.0200 ±-"), ("with clustering", "-")]


def test_the_notes_warn_that_mse_does_not_compare_clusterings(measured: Measured) -> None:
    notes = reconstruction_table("Table 1", measured, "class", "cluster", None).notes
    assert any("mse does not compare clusterings" in note for note in notes)
