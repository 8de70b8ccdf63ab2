from __future__ import annotations

import pytest

from decoder_search.space.metrics import is_measurable


@pytest.mark.parametrize(
    ("name", "value", "possible"),
    [
        ("accuracy", 1.0, True), ("accuracy", 1.1, False), ("retrieval", -0.1, False), ("mse", 3.5, True),
        ("mse", float("nan"), False), ("mse", float("inf"), False), ("macs", 1e200, False),
    ],
)  # fmt: skip
def test_a_metric_is_a_number_that_can_be_measured(name: str, value: float, possible: bool) -> None:
    assert is_measurable(name, value) is possible
