"""Grid and quasi-random sequences, whose points come once each."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from toy_search import RATE, SPACE, asked, completed, new_engine, search

from decoder_search.records.settings import Sampler
from decoder_search.records.trial_record import identity


def test_a_grid_has_every_point_once_and_then_ends() -> None:
    engine = new_engine("grid")
    records = search(engine, range(64))
    assert len({identity(each.params) for each in records}) == 64
    assert engine.ask(64) is None
    resumed = new_engine("grid")
    resumed.restore(records)
    assert resumed.ask(64) is None


def test_a_point_that_was_taken_back_stays_in_the_grid() -> None:
    engine = new_engine("grid")
    first = asked(engine, 0)
    second = asked(engine, 0, 1)
    third = asked(engine, 0, 2)
    assert len({identity(each.params) for each in (first, second, third)}) == 3
    engine.tell(completed(third))
    rest = search(engine, range(1, 64))
    assert {identity(first.params), identity(second.params)} <= {identity(each.params) for each in rest}
    assert engine.ask(64) is None


def test_a_grid_skips_points_of_trials_that_still_run_after_a_restart() -> None:
    whole = search(new_engine("grid"), range(64), completed)
    resumed = new_engine("grid")
    running = replace(whole[3], state="running", metrics={})
    resumed.restore([*whole[:3], running, *whole[4:30]])
    assert search(resumed, range(30, 63), completed) == whole[30:63]
    resumed.tell(whole[3])
    assert asked(resumed, 63).params == whole[63].params
    assert resumed.ask(64) is None


def test_trials_of_another_study_take_no_points_from_a_grid() -> None:
    older = search(new_engine("grid"), range(10), completed)
    engine = new_engine("grid")
    engine.restore(replace(each, number=each.number - 10) for each in older)
    assert search(engine, range(10), completed) == older


def test_a_quasi_random_sequence_spreads_over_all_parameters_from_the_first_trial_on() -> None:
    records = search(new_engine("qmc"), range(32), completed)
    for parameter in SPACE.parameters[:4]:
        counts = Counter(each.params[parameter.path] for each in records)
        assert max(counts.values()) - min(counts.values()) <= 2
    rates = sorted(each.params[RATE] for each in records)
    assert [int(16 * (rate_position(rate))) for rate in rates] == [place // 2 for place in range(32)]


def rate_position(rate: Any) -> float:
    """Where a learning rate lies in its logarithmic range, from 0 to 1."""
    return (math.log10(rate) + 4) / 2


@pytest.mark.parametrize("sampler", ["grid", "qmc"])
def test_the_study_alone_seeds_a_sequence(sampler: Sampler) -> None:
    first = [search(new_engine(sampler, seed=seed), range(5)) for seed in (0, 0, 1)]
    assert first[0] == first[1]
    assert first[0][0].params != first[2][0].params
