"""What samplers learn from the outcomes of trials."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from toy_search import (
    ALL,
    FINITE,
    LEARNING,
    OBJECTIVES,
    SPACE,
    asked,
    completed,
    new_engine,
    record,
    replace_metric,
    search,
    search_on,
)

from decoder_search.records.settings import Objective, Sampler
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.space.constraints import Constraint


@pytest.mark.parametrize("sampler", LEARNING)
def test_no_sampler_learns_from_what_was_taken_back(sampler: Sampler) -> None:
    plain, asking_twice = new_engine(sampler), new_engine(sampler)
    records = search(plain, range(16))
    for each in records:
        for _ in range(2):
            asking_twice.ask(each.number)
            asking_twice.ask(each.number, 1)
        asking_twice.tell(each)
    assert asking_twice.ask(16) == plain.ask(16)


def test_tpe_takes_running_trials_into_account() -> None:
    records = search(new_engine("tpe"), range(20), completed)
    engine = new_engine("tpe")
    engine.restore(records)
    alone = asked(engine, 20)
    beside = new_engine("tpe")
    beside.restore(records)
    for number in range(100, 110):
        beside.ask(number)
    assert asked(beside, 20).params != alone.params


def shallow_only(proposal: Proposal) -> TrialRecord:
    return record(proposal, "infeasible") if proposal.params["decoder.depth"] > 2 else completed(proposal)


def test_tpe_avoids_what_was_infeasible() -> None:
    """At random half of the 60 proposals after the start are infeasible; 18 or fewer once in 700 times."""
    infeasible = 0
    for seed in range(2):
        records = search(new_engine("tpe", seed=seed), range(40), shallow_only)
        infeasible += sum(each.state == "infeasible" for each in records[10:])
    assert infeasible <= 18


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_where_few_trials_complete_tpe_prefers_those_that_were_pruned_late(objective: Objective) -> None:
    """At random a quarter of the 30 proposals has one depth; 17 or more once in 3,000 times."""
    counts: Counter[Any] = Counter()
    for seed in range(2):
        engine = new_engine("tpe", seed=seed, objective=objective)
        for number in range(40):
            depth = 4 if number >= 36 else 1 + number % 3
            proposal = asked(engine, number)
            proposal = replace(proposal, params={**proposal.params, "decoder.depth": depth})
            epochs = 9.0 if depth == 4 else 1.0
            engine.tell(record(proposal, "pruned", mse=0.2, probe_accuracy=0.3, epochs=epochs))
        for number in range(40, 55):
            proposal = asked(engine, number)
            counts[proposal.params["decoder.depth"]] += 1
            engine.tell(record(proposal, "failed"))
    assert counts[4] >= 17


@pytest.mark.parametrize("sampler", LEARNING)
def test_a_broken_limit_is_told_to_the_sampler(sampler: Sampler) -> None:
    """At random half of the 60 proposals after the start keep the limit; 42 or more once in 700 times."""
    limited = replace(SPACE, constraints=(Constraint("decoder_parameters", maximum=2.0),))
    kept = 0
    for seed in range(2):
        engine = new_engine(sampler, seed=seed, space=limited)
        for number in range(50):
            proposal = asked(engine, number)
            depth = float(proposal.params["decoder.depth"])
            engine.tell(replace_metric(completed(proposal), "decoder_parameters", depth))
            kept += number >= 20 and depth <= 2
    assert kept >= 42


@pytest.mark.parametrize("sampler", ALL)
def test_completed_trials_that_did_not_measure_a_limit_harm_no_sampler(sampler: Sampler) -> None:
    space = FINITE if sampler == "grid" else SPACE
    limited = replace(space, constraints=(Constraint("latency_ms", maximum=5.0),))
    engine = new_engine(sampler, space=limited)
    for number in range(20):
        trial = completed(asked(engine, number))
        engine.tell(replace_metric(trial, "latency_ms", 4.0 + number) if number % 3 else trial)
    assert engine.ask(20) is not None


def test_nsga_remembers_the_generation_of_a_trial() -> None:
    for sampler in ("nsga2", "nsga3"):
        records = search(new_engine(sampler), range(20), completed)
        generations = [next(iter(each.sampler_state.values())) for each in records]
        assert generations == [0] * 8 + [1] * 8 + [2] * 4


@pytest.mark.parametrize("sampler", LEARNING)
def test_a_sampler_learns_from_trials_of_another_study(sampler: Sampler) -> None:
    """At random a quarter of the 24 proposals has the best depth; 13 or more once in 1,000 times."""
    best = 0
    for seed in range(3):
        older = search(new_engine("random", seed=seed), range(30), completed)
        judged = [replace_metric(each, "mse", 5.0 - float(each.params["decoder.depth"])) for each in older]
        engine = new_engine(sampler, seed=seed + 10, objective="reconstruction")
        engine.restore(replace(each, number=each.number - 30, sampler_state={}) for each in judged)
        best += sum(asked(engine, number).params["decoder.depth"] == 4 for number in range(8))
    assert best >= 13


@pytest.mark.parametrize("sampler", LEARNING)
def test_a_trial_may_have_other_params_than_those_proposed(sampler: Sampler) -> None:
    engine = new_engine(sampler)
    records = []
    for number in range(14):
        proposal = asked(engine, number)
        changed = replace(proposal, params={**proposal.params, "decoder.depth": 1 + number % 4})
        records.append(completed(changed))
        engine.tell(records[-1])
    assert engine.ask(14) == search_on(records, sampler)
