from __future__ import annotations

import json
from dataclasses import replace

import pytest
from toy_search import (
    ALL,
    FINITE,
    OBJECTIVES,
    RANDOM,
    RATE,
    SPACE,
    asked,
    completed,
    every_state,
    new_engine,
    reread,
    search,
    search_on,
)

from decoder_search.records.settings import Objective, Sampler
from decoder_search.space.parameters import FloatParameter
from encodenet_core import ConfigError


@pytest.mark.parametrize("sampler", ALL)
def test_every_proposal_lies_in_the_space_and_makes_a_config(sampler: Sampler) -> None:
    space = FINITE if sampler == "grid" else SPACE
    for each in search(new_engine(sampler), range(30)):
        active = [parameter for parameter in space.parameters if space.is_active(parameter, each.params)]
        assert list(each.params) == [parameter.path for parameter in active]
        for parameter in active:
            value = each.params[parameter.path]
            if isinstance(parameter, FloatParameter):
                assert parameter.low <= value <= parameter.high
            else:
                assert parameter.takes(value)
        config = space.to_config(each.params)
        assert config.decoder.depth == each.params["decoder.depth"]
        assert json.loads(json.dumps(dict(each.params))) == each.params


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("sampler", ALL)
def test_a_resumed_engine_proposes_what_an_uninterrupted_one_would(
    sampler: Sampler, objective: Objective
) -> None:
    n_trials = 24 if sampler == "gp" else 36
    whole = search(new_engine(sampler, objective=objective), range(n_trials))
    for cut in (1, 13, n_trials - 9):
        resumed = new_engine(sampler, objective=objective)
        resumed.restore(reversed(reread(whole[:cut])))
        assert search(resumed, range(cut, n_trials)) == whole[cut:]


@pytest.mark.parametrize("sampler", ALL)
def test_attempts_that_were_taken_back_leave_no_trace_after_a_restart(sampler: Sampler) -> None:
    n_trials = 20 if sampler == "gp" else 30
    whole = search(new_engine(sampler), range(n_trials), attempts=1)
    resumed = new_engine(sampler)
    resumed.restore(reread(whole[:17]))
    assert search(resumed, range(17, n_trials), attempts=1) == whole[17:]


@pytest.mark.parametrize("sampler", RANDOM)
def test_seeds_numbers_and_attempts_make_different_proposals(sampler: Sampler) -> None:
    rates = {
        asked(new_engine(sampler, seed=seed), number, attempt).params[RATE]
        for seed in range(3)
        for number in range(3)
        for attempt in range(3)
    }
    assert len(rates) == 27


@pytest.mark.parametrize("sampler", ALL)
def test_trials_that_run_at_the_same_time_may_end_in_any_order(sampler: Sampler) -> None:
    engine = new_engine(sampler)
    waiting = [asked(engine, number) for number in range(3)]
    for number in range(3, 24):
        engine.tell(every_state(waiting.pop(number % 3)))
        waiting.append(asked(engine, number))
    assert {proposal.number for proposal in waiting} <= set(range(24))


def test_what_runs_at_a_restart_counts_as_running_until_it_is_told() -> None:
    records = search(new_engine("tpe"), range(30), completed)
    running = [replace(each, state="running", metrics={}) for each in records[20:]]
    without, beside, told = (new_engine("tpe") for _ in range(3))
    without.restore(records[:20])
    beside.restore(records[:20] + running)
    told.restore(records[:20] + running)
    for each in records[20:]:
        told.tell(each)
    assert beside.ask(30) != without.ask(30)
    assert told.ask(30) == search_on(records, "tpe")


def test_a_trial_of_an_earlier_driver_can_be_told_later() -> None:
    records = search(new_engine("qmc"), range(6))
    engine = new_engine("qmc")
    engine.restore(records[:3])
    for each in records[3:]:
        engine.tell(each)
    assert engine.ask(6) == search_on(records, "qmc")


def test_a_sampler_that_does_not_fit_the_space_is_refused() -> None:
    with pytest.raises(ConfigError, match="sampler grid wants whole numbers and choices"):
        new_engine("grid", space=SPACE)
