from __future__ import annotations

import json
from typing import Any

import pytest

from decoder_search.records.facts import StudyFacts
from encodenet_core.io.types import read_as


def test_known_facts_are_written_as_they_were_read_and_unknown_ones_do_not_matter() -> None:
    known = {"n_validation": 400, "spend_macs": 7, "baseline_accuracy": 1.0, "reference_point": {"mse": 0.1}}
    facts = read_as(StudyFacts, {**known, "later": [1]}, "facts")
    assert facts.is_prepared and (facts.n_validation, facts.n_train) == (400, None)
    assert json.dumps(facts.to_json()) == json.dumps(
        {name: known[name] for name in ("n_validation", "baseline_accuracy", "spend_macs", "reference_point")}
    )
    nothing = read_as(StudyFacts, {}, "facts")
    assert (nothing.is_prepared, nothing.to_json()) == (False, {})


def test_what_a_worker_finds_out_is_added_after_what_is_known() -> None:
    prepared = StudyFacts(dataset_name="digits", spend_macs=700)
    found = {"control_training_accuracy": 0.875, "control_training_epochs": 2}
    assert list(prepared.extended(found).to_json().items()) == [*prepared.to_json().items(), *found.items()]
    with pytest.raises(ValueError, match="control_training_epochs is -1"):
        prepared.extended({"control_training_epochs": -1})


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
        read_as(StudyFacts, facts, "facts")
