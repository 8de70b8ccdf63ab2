from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from decoder_search.analysis.ranking import pareto_layers
from decoder_search.driver.pruning import Losses, SuccessiveHalving, place_among, rung_losses
from decoder_search.records.settings import Pruning, StudySettings


def in_order(points: Sequence[Losses]) -> list[int]:
    """The positions of the points, the best first."""
    places = [place_among(points, index) for index in range(len(points))]
    assert sorted(places) == list(range(1, len(points) + 1))
    return sorted(range(len(points)), key=lambda index: places[index])


def test_a_rung_stops_nobody_before_it_has_seen_three() -> None:
    halving = SuccessiveHalving(Pruning())
    assert halving.judge(0, 1, (0.1, 0.1)).goes_on
    assert halving.judge(1, 1, (0.9, 0.9)).goes_on
    assert not halving.judge(2, 1, (0.95, 0.95)).goes_on
    assert halving.judge(3, 1, (0.05, 0.05)).goes_on


def test_rungs_are_compared_each_for_itself() -> None:
    halving = SuccessiveHalving(Pruning())
    for number in range(6):
        halving.judge(number, 1, (0.1, 0.1))
    assert halving.judge(6, 3, (0.9, 0.9)).goes_on


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_of_many_that_come_at_once_the_best_share_goes_on(factor: int) -> None:
    halving = SuccessiveHalving(Pruning(reduction_factor=factor))
    losses = np.random.default_rng(factor).random(300).tolist()
    for number, loss in enumerate(losses):
        halving.judge(number, 1, (loss,))
    again = [halving.judge(number, 1, (loss,)) for number, loss in enumerate(losses)]
    going_on = {number for number, standing in enumerate(again) if standing.goes_on}
    best = sorted(range(300), key=lambda number: losses[number])[: 300 // factor]
    assert going_on == set(best)


def test_what_a_retried_trial_measures_takes_the_place_of_what_it_measured_before() -> None:
    halving = SuccessiveHalving(Pruning())
    for number in range(3):
        halving.judge(number, 1, (0.5 + number,))
    standing = halving.judge(2, 1, (0.1,))
    assert (standing.place, standing.n_seen, standing.goes_on) == (1, 3, True)


def test_fronts_come_before_the_spread_inside_them() -> None:
    points = np.random.default_rng(0).random((80, 2)).tolist()
    layers = pareto_layers(points)
    in_their_order = [layers[index] for index in in_order(points)]
    assert in_their_order == sorted(layers)


def test_inside_a_front_the_next_is_the_farthest_from_those_before() -> None:
    line = [(x, 10.0 - x) for x in (0.0, 1.0, 2.0, 5.0, 9.0, 10.0)]
    assert [line[index][0] for index in in_order(line)] == [0.0, 10.0, 5.0, 2.0, 1.0, 9.0]


def test_the_spread_does_not_depend_on_the_units_of_an_objective() -> None:
    points = np.random.default_rng(1).random((40, 2)).tolist()
    stretched = [(x, 1e6 * y) for x, y in points]
    assert in_order(points) == in_order(stretched)


def test_equal_points_and_one_objective_are_no_difficulty() -> None:
    assert in_order([(1.0, 1.0)] * 3) == [0, 1, 2]
    assert in_order([(3.0,), (1.0,), (2.0,)]) == [1, 2, 0]


def test_a_report_becomes_the_losses_of_the_studys_objectives(
    make_settings: Callable[..., StudySettings],
) -> None:
    values = {"loss": 0.1, "mse": 0.2, "retrieval": 0.7, "probe_accuracy": 0.9}
    settings = make_settings()
    assert rung_losses(values, settings) == (-0.9, 0.2)
    assert rung_losses(values, replace(settings, reconstruction="retrieval")) == (-0.9, -0.7)
    assert rung_losses(values, replace(settings, objective="accuracy")) == (-0.9,)
    assert rung_losses(values, replace(settings, objective="reconstruction")) == (0.2,)


def test_a_report_without_an_objective_has_no_losses(make_settings: Callable[..., StudySettings]) -> None:
    assert rung_losses({"loss": 0.1}, make_settings()) is None
    assert rung_losses({"mse": None, "probe_accuracy": 0.5}, make_settings()) is None
    assert rung_losses({"probe_accuracy": 0.5}, replace(make_settings(), objective="accuracy")) == (-0.5,)
