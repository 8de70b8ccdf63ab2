from __future__ import annotations

from typing import Any, get_args

import pytest

from decoder_search.engines.outcomes import CAN_RUN, DIRECTIONS, RAN_TO_THE_END, Outcomes
from decoder_search.records.settings import Reconstruction
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.constraints import Constraint
from decoder_search.space.metrics import ACCURACIES, ALWAYS_MEASURED

SMALL = Constraint("decoder_parameters", maximum=2000)
FAST = Constraint("latency_ms", maximum=5)
LIMITED = Outcomes("both", "mse", (SMALL, FAST))


def trial(state: Any, **metrics: float) -> TrialRecord:
    measured = dict.fromkeys(ALWAYS_MEASURED, 0.0) if state == "completed" else {}
    return TrialRecord(3, {"decoder.depth": 1}, state, {**measured, **metrics})


def test_every_objective_has_a_direction() -> None:
    assert set(DIRECTIONS) == {*ACCURACIES.values(), *get_args(Reconstruction)}


@pytest.mark.parametrize(
    ("objective", "reconstruction", "directions", "values"),
    [
        ("both", "mse", ["minimize", "maximize"], [0.25, 0.75]),
        ("both", "retrieval", ["maximize", "maximize"], [0.5, 0.75]),
        ("accuracy", "mse", ["maximize"], [0.75]),
        ("reconstruction", "mse", ["minimize"], [0.25]),
        ("reconstruction", "retrieval", ["maximize"], [0.5]),
    ],
)
def test_objectives_are_the_named_metrics_in_their_direction(
    objective: Any, reconstruction: Any, directions: list[str], values: list[float]
) -> None:
    outcomes = Outcomes(objective, reconstruction)
    assert outcomes.directions() == directions
    assert outcomes.values(trial("completed", mse=0.25, retrieval=0.5, accuracy=0.75)) == values
    assert outcomes.values(trial("pruned", mse=0.25, retrieval=0.5, accuracy=0.75)) is None


def test_a_study_may_go_by_balanced_accuracy() -> None:
    outcomes = Outcomes("both", "mse", accuracy="balanced_accuracy")
    assert outcomes.directions() == ["minimize", "maximize"]
    assert outcomes.values(trial("completed", mse=0.25, accuracy=0.75, balanced_accuracy=0.5)) == [0.25, 0.5]


def test_a_pruned_trial_of_one_objective_reports_how_far_and_how_good_it_was() -> None:
    pruned = trial("pruned", mse=0.25, retrieval=0.5, probe_accuracy=0.6, epochs=3)
    assert Outcomes("accuracy", "mse").last_report(pruned) == (3, 0.6)
    assert Outcomes("reconstruction", "retrieval").last_report(pruned) == (3, 0.5)
    assert Outcomes("both", "mse").last_report(pruned) is None
    assert Outcomes("accuracy", "mse").last_report(trial("pruned", epochs=3)) is None
    assert Outcomes("accuracy", "mse").last_report(trial("completed", probe_accuracy=0.6)) is None


def test_a_violation_is_a_share_of_its_limit() -> None:
    found = LIMITED.violations(trial("completed", decoder_parameters=3000, latency_ms=4))
    assert found == {SMALL.describe(): pytest.approx(0.5), FAST.describe(): pytest.approx(-0.2)}
    free = Outcomes("both", "mse", (Constraint("retrieval", minimum=0.0),))
    assert free.violations(trial("completed", retrieval=-0.25)) == {"retrieval at least 0": 0.25}


def test_what_was_not_measured_is_neither_kept_nor_broken() -> None:
    assert LIMITED.violations(trial("completed", decoder_parameters=1000)) == {
        SMALL.describe(): pytest.approx(-0.5),
        FAST.describe(): 0.0,
    }
    assert LIMITED.violations(trial("infeasible", latency_ms=10)) == {FAST.describe(): 1.0}


@pytest.mark.parametrize("metrics", [{}, {"decoder_parameters": 100}])
def test_an_infeasible_trial_never_counts_as_feasible(metrics: dict[str, float]) -> None:
    found = LIMITED.violations(trial("infeasible", **metrics))
    assert found[CAN_RUN] == 1.0
    assert all(value <= 0 for name, value in found.items() if name != CAN_RUN)


def test_the_further_a_pruned_trial_of_two_objectives_came_the_less_it_violates() -> None:
    shares = [LIMITED.violations(trial("pruned", epochs=epochs))[RAN_TO_THE_END] for epochs in (0, 1, 3, 9)]
    assert 1 > shares[0] > shares[1] > shares[2] > shares[3] > 0
    assert RAN_TO_THE_END not in Outcomes("accuracy", "mse").violations(trial("pruned", epochs=3))


def test_a_failed_trial_proves_nothing() -> None:
    assert LIMITED.violations(trial("failed", decoder_parameters=9000)) == {}
