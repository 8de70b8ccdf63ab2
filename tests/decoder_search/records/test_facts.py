from __future__ import annotations

from typing import Any

import pytest

from decoder_search.records.facts import check_facts


def test_known_facts_pass_and_unknown_ones_are_left_alone() -> None:
    facts = {"n_validation": 400, "baseline_accuracy": 0.5, "reference_point": {"mse": 0.1}, "later": [1]}
    assert check_facts(facts) == facts
    assert check_facts({}) == {}


@pytest.mark.parametrize(
    "facts",
    [
        [], None, {"n_validation": -1}, {"n_validation": "400"}, {"baseline_accuracy": 1.5},
        {"reference_point": [0.1]}, {"reference_point": {"mse": "0.1"}}, {"dataset_name": 3},
        {"dataset_name": "\x1b]0;title\x07"}, {"spend_macs": 10**250},
    ],
    ids=repr,
)  # fmt: skip
def test_facts_that_nobody_could_have_found_out_are_refused(facts: Any) -> None:
    with pytest.raises(ValueError):
        check_facts(facts)
