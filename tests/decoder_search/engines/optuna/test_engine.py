from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, get_args

import pytest

from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.records.settings import Objective, Sampler
from decoder_search.records.trial_record import Proposal, TrialRecord, identity, trial_to_json
from decoder_search.space.constraints import Constraint
from decoder_search.space.metrics import METRICS
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace
from encodenet_core import ConfigError

RATE = "autoencoder.training.learning_rate"

SPACE = SearchSpace(
    name="toy",
    parameters=(
        IntParameter("decoder.depth", 1, 4),
        IntParameter("decoder.kernel_size", 1, 7, step=2),
        ChoiceParameter("decoder.upsampling", ("nearest", "bilinear", "transposed", "pixel_shuffle")),
        ChoiceParameter("clustering.method", ("kmeans", "hdbscan", "cosine")),
        IntParameter("clustering.n_clusters", 1, 8, when={"clustering.method": ("kmeans", "cosine")}),
        FloatParameter(RATE, 1e-4, 1e-2, log=True),
    ),
    constants={"dataset.source": "digits"},
    final={},
)
FINITE = replace(SPACE, parameters=SPACE.parameters[:3])
"""64 combinations, none of which depends on another key."""

NEEDS_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
GP_MARKS = (NEEDS_TORCH, pytest.mark.slow)
ALL = [pytest.param(name, marks=GP_MARKS if name == "gp" else ()) for name in get_args(Sampler)]
RANDOM = [each for each in ALL if each.values[0] not in ("grid", "qmc")]
LEARNING = [each for each in RANDOM if each.values[0] != "random"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)

Judge = Callable[[Proposal], TrialRecord]


def new_engine(sampler: Sampler, *, seed: int = 0, n_trials: int = 40, **options: Any) -> OptunaEngine:
    space = options.pop("space", FINITE if sampler == "grid" else SPACE)
    return OptunaEngine(space, sampler=sampler, reconstruction="mse", seed=seed, n_trials=n_trials, **options)


def record(proposal: Proposal, state: Any, **metrics: float) -> TrialRecord:
    measured = {**dict.fromkeys(METRICS, 0.0), **metrics} if state == "completed" else metrics
    return TrialRecord(
        proposal.number, proposal.params, state, measured, sampler_state=proposal.sampler_state
    )


def completed(proposal: Proposal) -> TrialRecord:
    depth, rate = float(proposal.params["decoder.depth"]), proposal.params.get(RATE, 1e-3)
    clusters = float(proposal.params.get("clustering.n_clusters", 4))
    measured = {"mse": 0.1 / depth + 0.01 * clusters, "retrieval": 0.5, "accuracy": 0.5 + 10 * rate}
    return record(proposal, "completed", **measured)


def shallow_only(proposal: Proposal) -> TrialRecord:
    return record(proposal, "infeasible") if proposal.params["decoder.depth"] > 2 else completed(proposal)


def every_state(proposal: Proposal) -> TrialRecord:
    if proposal.number % 11 == 5:
        return record(proposal, "failed")
    if proposal.number % 9 in (4, 6):
        return record(proposal, "pruned", mse=0.2, probe_accuracy=0.3, epochs=3.0)
    deep = proposal.params["decoder.depth"] == 4 and proposal.number % 2
    return record(proposal, "infeasible") if deep else completed(proposal)


def asked(engine: OptunaEngine, number: int, attempt: int = 0) -> Proposal:
    proposal = engine.ask(number, attempt)
    assert proposal is not None
    return proposal


def search(
    engine: OptunaEngine, numbers: range, judge: Judge = every_state, attempts: int = 0
) -> list[TrialRecord]:
    records = []
    for number in numbers:
        proposals = [asked(engine, number, attempt) for attempt in range(attempts + 1)]
        records.append(judge(proposals[-1]))
        engine.tell(records[-1])
    return records


def reread(records: list[TrialRecord]) -> list[TrialRecord]:
    """The records as a later driver reads them."""
    return [TrialRecord(**json.loads(json.dumps(trial_to_json(each)))) for each in records]


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


@pytest.mark.parametrize("sampler", ALL)
def test_trials_that_run_at_the_same_time_may_end_in_any_order(sampler: Sampler) -> None:
    engine = new_engine(sampler)
    waiting = [asked(engine, number) for number in range(3)]
    for number in range(3, 24):
        engine.tell(every_state(waiting.pop(number % 3)))
        waiting.append(asked(engine, number))
    assert {proposal.number for proposal in waiting} <= set(range(24))


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


def search_on(records: list[TrialRecord], sampler: Sampler) -> Proposal | None:
    engine = new_engine(sampler)
    engine.restore(records)
    return engine.ask(len(records))


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


def replace_metric(trial: TrialRecord, name: str, value: float) -> TrialRecord:
    return replace(trial, metrics={**trial.metrics, name: value})


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


def test_trials_of_another_study_take_no_points_from_a_grid() -> None:
    older = search(new_engine("grid"), range(10), completed)
    engine = new_engine("grid")
    engine.restore(replace(each, number=each.number - 10) for each in older)
    assert search(engine, range(10), completed) == older


def test_a_sampler_that_does_not_fit_the_space_is_refused() -> None:
    with pytest.raises(ConfigError, match="sampler grid wants whole numbers and choices"):
        new_engine("grid", space=SPACE)
