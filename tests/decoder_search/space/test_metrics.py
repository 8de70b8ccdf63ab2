from __future__ import annotations

from typing import get_args

import pytest

from decoder_search.records.settings import Reconstruction
from decoder_search.space.metrics import METRICS, OBJECTIVES, RECONSTRUCTIONS, is_measurable, is_share


@pytest.mark.parametrize(
    ("name", "value", "possible"),
    [
        ("accuracy", 1.0, True), ("accuracy", 1.1, False), ("retrieval", -0.1, False), ("mse", 3.5, True),
        ("mse", float("nan"), False), ("mse", float("inf"), False), ("macs", 1e200, False),
        ("unconverted_test_accuracy", 1.1, False), ("unconverted_accuracy", 0.9, True),
    ],
)  # fmt: skip
def test_a_metric_is_a_number_that_can_be_measured(name: str, value: float, possible: bool) -> None:
    assert is_measurable(name, value) is possible


def test_what_a_study_optimises_is_a_metric_of_a_known_direction_and_axis() -> None:
    assert set(RECONSTRUCTIONS) == set(get_args(Reconstruction))
    assert all(METRICS[name].better and METRICS[name].axis for name in OBJECTIVES)
    assert [METRICS[name].best for name in OBJECTIVES] == [
        "highest accuracy",
        "highest balanced_accuracy",
        "lowest mse",
        "highest retrieval",
    ]


def test_a_name_that_ends_in_that_of_a_share_is_one() -> None:
    assert is_share("control_training_test_accuracy") and not is_share("cross_entropy")
