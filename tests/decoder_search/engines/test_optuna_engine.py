from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any, get_args

import pytest

from decoder_search.engines.optuna_engine import DIRECTIONS, SAMPLERS, OptunaEngine
from decoder_search.records import METRICS, Proposal, TrialRecord, trial_to_json
from decoder_search.settings import Reconstruction, Sampler
from decoder_search.space import ChoiceParameter, FloatParameter, IntParameter, SearchSpace

SPACE = SearchSpace(
    name="toy",
    parameters=(
        IntParameter("decoder.depth", 1, 4),
        IntParameter("decoder.kernel_size", 1, 7, step=2),
        ChoiceParameter("decoder.upsampling", ("nearest", "bilinear", "transposed", "pixel_shuffle")),
        ChoiceParameter("clustering.method", ("kmeans", "hdbscan", "cosine")),
        IntParameter("clustering.n_clusters", 1, 8, when={"clustering.method": ("kmeans", "cosine")}),
        FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True),
    ),
    constants={"dataset.source": "digits"},
    final={},
)
SAMPLER_NAMES: tuple[Sampler, ...] = get_args(Sampler)

Judge = Callable[[Proposal], TrialRecord]


def new_engine(sampler: Sampler, *, seed: int = 0, n_trials: int = 40) -> OptunaEngine:
    return OptunaEngine(SPACE, sampler=sampler, reconstruction="mse", seed=seed, n_trials=n_trials)


def record(proposal: Proposal, state: Any, **metrics: float) -> TrialRecord:
    measured = {**dict.fromkeys(METRICS, 0.0), **metrics} if state == "completed" else {}
    return TrialRecord(
        proposal.number, proposal.params, state, measured, sampler_state=proposal.sampler_state
    )


def completed(proposal: Proposal) -> TrialRecord:
    depth, rate = (
        float(proposal.params["decoder.depth"]),
        proposal.params["autoencoder.training.learning_rate"],
    )
    clusters = float(proposal.params.get("clustering.n_clusters", 4))
    return record(
        proposal, "completed", mse=0.1 / depth + 0.01 * clusters, retrieval=0.5, accuracy=0.5 + 10 * rate
    )


def shallow_only(proposal: Proposal) -> TrialRecord:
    return record(proposal, "infeasible") if proposal.params["decoder.depth"] > 2 else completed(proposal)


def every_state(proposal: Proposal) -> TrialRecord:
    if proposal.number % 11 == 5:
        return record(proposal, "failed")
    if proposal.number % 9 == 4:
        return record(proposal, "pruned")
    deep = proposal.params["decoder.depth"] == 4 and proposal.number % 2
    return record(proposal, "infeasible") if deep else completed(proposal)


def search(engine: OptunaEngine, numbers: range, judge: Judge = every_state) -> list[TrialRecord]:
    records = []
    for number in numbers:
        records.append(judge(engine.ask(number)))
        engine.tell(records[-1])
    return records


def reread(records: list[TrialRecord]) -> list[TrialRecord]:
    """The records as a later driver reads them."""
    return [TrialRecord(**json.loads(json.dumps(trial_to_json(each)))) for each in records]


def test_every_sampler_and_reconstruction_has_its_implementation() -> None:
    assert set(SAMPLERS) == set(get_args(Sampler))
    assert set(DIRECTIONS) == set(get_args(Reconstruction))


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_every_proposal_lies_in_the_space_and_makes_a_config(sampler: Sampler) -> None:
    for each in search(new_engine(sampler), range(40)):
        active = [parameter for parameter in SPACE.parameters if SPACE.is_active(parameter, each.params)]
        assert list(each.params) == [parameter.path for parameter in active]
        for parameter in active:
            value = each.params[parameter.path]
            if isinstance(parameter, FloatParameter):
                assert parameter.low <= value <= parameter.high
            else:
                assert parameter.takes(value)
        config = SPACE.to_config(each.params)
        assert config.decoder.depth == each.params["decoder.depth"]
        assert json.loads(json.dumps(dict(each.params))) == each.params


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
@pytest.mark.parametrize("cut", [1, 13, 27])
def test_a_resumed_engine_proposes_what_an_uninterrupted_one_would(sampler: Sampler, cut: int) -> None:
    whole = search(new_engine(sampler), range(36))
    resumed = new_engine(sampler)
    resumed.restore(reversed(reread(whole[:cut])))
    assert search(resumed, range(cut, 36)) == whole[cut:]


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_seeds_and_numbers_make_different_proposals(sampler: Sampler) -> None:
    rates = {
        new_engine(sampler, seed=seed).ask(number).params["autoencoder.training.learning_rate"]
        for seed in range(3)
        for number in range(3)
    }
    assert len(rates) == 9


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_trials_that_run_at_the_same_time_may_end_in_any_order(sampler: Sampler) -> None:
    engine = new_engine(sampler)
    waiting = [engine.ask(number) for number in range(3)]
    for number in range(3, 30):
        engine.tell(every_state(waiting.pop(number % 3)))
        waiting.append(engine.ask(number))
    assert {proposal.number for proposal in waiting} <= set(range(30))


def test_tpe_takes_running_trials_into_account() -> None:
    records = search(new_engine("tpe"), range(20), completed)
    engine = new_engine("tpe")
    engine.restore(records)
    alone = engine.ask(20)
    beside = new_engine("tpe")
    beside.restore(records)
    for number in range(100, 110):
        beside.ask(number)
    assert beside.ask(20).params != alone.params


def test_a_record_that_still_runs_is_not_restored() -> None:
    records = search(new_engine("tpe"), range(12))
    running = record(Proposal(5, records[5].params), "running")
    without, beside = new_engine("tpe"), new_engine("tpe")
    without.restore(records[:5] + records[6:])
    beside.restore(records[:5] + [running] + records[6:])
    assert beside.ask(12) == without.ask(12)


def test_a_trial_of_an_earlier_driver_can_be_told_later() -> None:
    records = search(new_engine("random"), range(6))
    engine = new_engine("random")
    engine.restore(records[:3])
    for each in records[3:]:
        engine.tell(each)
    assert engine.ask(6) == search_on(records)


def search_on(records: list[TrialRecord]) -> Proposal:
    engine = new_engine("random")
    engine.restore(records)
    return engine.ask(len(records))


def test_tpe_avoids_what_was_infeasible() -> None:
    """At random half of the 60 proposals after the start are infeasible; 18 or fewer once in 700 times."""
    infeasible = 0
    for seed in range(2):
        records = search(new_engine("tpe", seed=seed), range(40), shallow_only)
        infeasible += sum(each.state == "infeasible" for each in records[10:])
    assert infeasible <= 18


def test_nsga2_remembers_the_generation_of_a_trial() -> None:
    generations = [
        next(iter(each.sampler_state.values())) for each in search(new_engine("nsga2"), range(20), completed)
    ]
    assert generations == [0] * 8 + [1] * 8 + [2] * 4


def test_the_engine_loads_no_library_that_trains_models() -> None:
    script = (
        "import sys, decoder_search.engines.optuna_engine as engine\n"
        "for sampler in engine.SAMPLERS.values(): sampler(12, 0)\n"
        "print(*{'keras', 'keras_tuner', 'tensorflow', 'sklearn', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert done.stderr == ""
