from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoder_search.analysis.ranking import (
    hypervolume,
    objective_losses,
    pareto_layers,
    rank_trials,
)
from decoder_search.records.settings import Objective
from decoder_search.records.trial_record import TrialRecord

MakeTrial = Callable[..., TrialRecord]

small = st.integers(0, 6)
small_points = st.lists(st.tuples(small, small), max_size=12)


def dominates(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one != other and all(first <= second for first, second in zip(one, other, strict=True))


def test_layers_worked_out_by_hand() -> None:
    points = [(1, 4), (2, 2), (4, 1), (2, 4), (3, 3), (4, 4), (2, 2)]
    assert pareto_layers(points) == [1, 1, 1, 2, 2, 3, 1]
    assert pareto_layers([]) == []


@given(
    st.one_of(
        st.lists(st.tuples(small), max_size=12),
        small_points,
        st.lists(st.tuples(small, small, small), max_size=12),
    )
)
def test_each_layer_is_the_front_of_what_the_layers_before_leave(points: list[tuple[int, ...]]) -> None:
    layers = pareto_layers(points)
    for layer in range(1, max(layers, default=0) + 1):
        left = {point for point, its in zip(points, layers, strict=True) if its >= layer}
        front = {point for point in left if not any(dominates(other, point) for other in left)}
        assert front == {point for point, its in zip(points, layers, strict=True) if its == layer}


@given(small_points, st.randoms())
def test_layers_do_not_depend_on_the_order_of_the_points(
    points: list[tuple[int, int]], random: object
) -> None:
    shuffled = sorted(points, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert dict(zip(points, pareto_layers(points), strict=True)) == dict(
        zip(shuffled, pareto_layers(shuffled), strict=True)
    )


def test_hypervolumes_worked_out_by_hand() -> None:
    # Three steps of a staircase below (5, 5): 4 x 1 + 3 x 2 + 1 x 1.
    assert hypervolume([(1, 4), (2, 2), (4, 1)], (5, 5)) == 4 * 1 + 3 * 2 + 1 * 1
    assert hypervolume([(2, 2), (3, 3), (2, 2)], (5, 5)) == 9
    assert hypervolume([(6, 0), (0, 6), (5, 1)], (5, 5)) == 0
    assert hypervolume([], (5, 5)) == 0


@given(small_points)
def test_the_hypervolume_counts_the_dominated_unit_squares(points: list[tuple[int, int]]) -> None:
    squares = [(x, y) for x in range(5) for y in range(5)]
    dominated = sum(any(first <= x and second <= y for first, second in points) for x, y in squares)
    assert hypervolume(points, (5, 5)) == dominated


def test_retrieval_is_a_loss_when_it_is_the_objective(make_trial: MakeTrial) -> None:
    trial = make_trial(0, mse=0.25, retrieval=0.75, accuracy=0.5)
    assert objective_losses(trial, "mse") == (0.25, 0.5)
    assert objective_losses(trial, "retrieval") == (0.25, 0.5)
    assert objective_losses(make_trial(0, retrieval=1.0), "retrieval")[0] == 0.0


def test_the_most_accurate_of_the_front_is_first_and_layers_come_before_accuracy(
    make_trial: MakeTrial,
) -> None:
    trials = [
        make_trial(0, mse=0.01, accuracy=0.90),
        make_trial(1, mse=0.03, accuracy=0.96),
        make_trial(2, mse=0.04, accuracy=0.95),
    ]
    ranked = rank_trials(trials, "mse")
    assert [(each.trial.number, each.rank, each.layer) for each in ranked] == [
        (1, 1, 1),
        (0, 2, 1),
        (2, 3, 2),
    ]


@pytest.mark.parametrize(
    ("objective", "ranked"),
    [("accuracy", [(1, 1), (2, 1), (0, 2)]), ("reconstruction", [(0, 1), (1, 2), (2, 3)])],
)
def test_one_objective_alone_decides_layers_and_the_other_breaks_ties(
    objective: Objective, ranked: list[tuple[int, int]], make_trial: MakeTrial
) -> None:
    trials = [
        make_trial(0, mse=0.01, accuracy=0.90),
        make_trial(1, mse=0.03, accuracy=0.96),
        make_trial(2, mse=0.04, accuracy=0.96),
    ]
    found = rank_trials(trials, "mse", objective)
    assert [(each.trial.number, each.layer) for each in found] == ranked
    assert [each.rank for each in found] == [1, 2, 3]


def test_20_000_points_have_layers_within_a_second() -> None:
    points = [(number * 7919 % 20_011, number * 104_729 % 20_021) for number in range(20_000)]
    start = time.process_time()
    assert max(pareto_layers(points)) > 100
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("tie_breaker", ["cross_entropy", "decoder_parameters"])
def test_ties_go_to_the_smaller_value_then_to_the_lower_number(
    tie_breaker: str, make_trial: MakeTrial
) -> None:
    trials = [make_trial(number, **{tie_breaker: value}) for number, value in ((0, 2), (3, 1), (2, 1))]
    assert [each.trial.number for each in rank_trials(trials, "mse")] == [2, 3, 0]


def test_only_completed_trials_are_ranked(make_trial: MakeTrial) -> None:
    states = ("running", "pruned", "infeasible", "failed", "completed")
    trials = [make_trial(number, state=state) for number, state in enumerate(states)]
    assert [each.trial.number for each in rank_trials(trials, "mse")] == [4]
