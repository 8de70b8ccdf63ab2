from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, get_args

import pytest

from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.engines.unseen import MOST_REPEATS, UnseenEngine
from decoder_search.records.settings import Sampler, StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord, identity, trial_to_json
from decoder_search.space.combinations import combinations
from decoder_search.space.metrics import ALWAYS_MEASURED
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace

DEPTH = IntParameter("decoder.depth", 1, 3)
UPSAMPLING = ChoiceParameter("decoder.upsampling", ("nearest", "bilinear", "transposed", "pixel_shuffle"))
CONVOLUTION = ChoiceParameter("decoder.convolution", ("plain", "separable", "residual"))
CLUSTERS = IntParameter("clustering.n_clusters", 1, 4)
RATE = FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2)
CONSTANTS = {"dataset.source": "digits"}

SPACE = SearchSpace("factorial", (DEPTH, UPSAMPLING, CONVOLUTION, CLUSTERS), CONSTANTS, {})
"""144 combinations."""

SMALL = replace(SPACE, parameters=(DEPTH, CONVOLUTION, CLUSTERS))
"""36 combinations."""

ENDLESS = replace(SPACE, parameters=(DEPTH, RATE))

NEEDS_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
SLOW: dict[str, Any] = {"tpe": pytest.mark.slow, "gp": (pytest.mark.slow, NEEDS_TORCH)}
ALL = [pytest.param(name, marks=SLOW.get(name, ())) for name in get_args(Sampler)]
WHOLE = [
    pytest.param(name, marks=() if name in ("random", "grid") else pytest.mark.slow)
    for name in get_args(Sampler)
    if name != "gp"  # which takes half a second a draw
]


class Stubborn:
    """An engine that proposes what it was told to, one params for every time it is asked."""

    def __init__(self, *params: dict[str, Any] | None, **options: Any) -> None:
        self._params = list(params)
        self._options = options
        self.asked: list[tuple[int, int]] = []
        self.told: list[TrialRecord] = []
        self.closed = False

    def ask(self, number: int, attempt: int = 0) -> Proposal | None:
        self.asked.append((number, attempt))
        params = self._params.pop(0) if len(self._params) > 1 else self._params[0]
        state = {"asked": len(self.asked)}
        return None if params is None else Proposal(number, params, state, **self._options)

    def tell(self, record: TrialRecord) -> None:
        self.told.append(record)

    def restore(self, records: Iterable[TrialRecord]) -> None:
        self.told += records

    def close(self) -> None:
        self.closed = True


def point(depth: int, clusters: int = 1) -> dict[str, Any]:
    return {DEPTH.path: depth, CLUSTERS.path: clusters}


FEW = replace(SPACE, parameters=(DEPTH, CLUSTERS))
"""12 combinations."""


def unseen(engine: Any, space: SearchSpace = FEW, **options: Any) -> UnseenEngine:
    return UnseenEngine(engine, space, seed=5, **options)


def searching(sampler: Sampler, space: SearchSpace, n_trials: int = 300) -> UnseenEngine:
    settings = StudySettings("toy", space, 5, sampler, "mse", "2024-05-06T07:08:09+00:00", {})
    return unseen(OptunaEngine(settings, n_trials), space)


def judged(proposal: Proposal) -> TrialRecord:
    """Trials of every state; what completes is the better the deeper and the fewer clusters."""
    depth, clusters = float(proposal.params[DEPTH.path]), float(proposal.params[CLUSTERS.path])
    measured = {**dict.fromkeys(ALWAYS_MEASURED, 0.0), "mse": 0.01 * clusters, "accuracy": 0.1 * depth}
    state: Any = "completed"
    if proposal.number % 5 in (1, 2):
        state, measured = ("pruned", {"mse": 0.2, "probe_accuracy": 0.3, "epochs": 3.0})
    if proposal.number % 10 == 4:
        state, measured = ("failed" if proposal.number % 20 == 4 else "infeasible"), {}
    noted = proposal.sampler_state
    return TrialRecord(proposal.number, proposal.params, state, measured, sampler_state=noted)


def search(engine: UnseenEngine, start: int = 0, most: int = 300) -> list[TrialRecord]:
    records: list[TrialRecord] = []
    for number in range(start, most):
        proposal = engine.ask(number)
        if proposal is None:
            return records
        records.append(judged(proposal))
        engine.tell(records[-1])
    return records


def reread(records: list[TrialRecord]) -> list[TrialRecord]:
    """The records as a later driver reads them."""
    return [TrialRecord(**json.loads(json.dumps(trial_to_json(each)))) for each in records]


def names(records: Iterable[TrialRecord]) -> list[str]:
    return [identity(record.params) for record in records]


@pytest.mark.parametrize("sampler", WHOLE)
def test_every_sampler_tries_all_of_a_factorial_space_and_nothing_twice(sampler: Sampler) -> None:
    records = search(searching(sampler, SPACE))
    assert len(records) == len(set(names(records))) == 144


@pytest.mark.parametrize("sampler", ALL)
def test_every_sampler_tries_all_of_a_small_space_and_nothing_twice_across_restarts(sampler: Sampler) -> None:
    space, size = (FEW, 12) if sampler == "gp" else (SMALL, 36)
    whole = search(searching(sampler, space, size))
    assert len(whole) == len(set(names(whole))) == size
    for cut in (7, size - 2):
        resumed = searching(sampler, space, size)
        resumed.restore(reread(whole[:cut]))
        assert search(resumed, cut) == whole[cut:]
    exhausted = searching(sampler, space, size)
    exhausted.restore(whole)
    assert exhausted.ask(size) is None


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2", "nsga3", "qmc"])
def test_proposals_for_a_space_without_an_end_are_all_different(sampler: Sampler) -> None:
    whole = replace(ENDLESS, parameters=(DEPTH, CLUSTERS, RATE))
    n_trials = 40 if sampler == "tpe" else 300
    records = search(searching(sampler, whole), most=n_trials)
    assert len(records) == len(set(names(records))) == n_trials


def test_trials_that_still_run_are_not_proposed_again() -> None:
    engine = searching("random", SMALL)
    running = [engine.ask(number) for number in range(36)]
    assert len({identity(proposal.params) for proposal in running if proposal}) == 36
    assert engine.ask(36) is None


@pytest.mark.parametrize("state", ["running", "completed", "pruned", "infeasible", "failed"])
def test_what_was_seen_is_asked_again_however_it_ended(state: Any) -> None:
    engine = Stubborn(point(1), point(1), point(2))
    asking = unseen(engine)
    asking.restore([TrialRecord(0, point(1), state)])
    proposal = asking.ask(1)
    assert proposal == Proposal(1, point(2), {"asked": 3})
    assert engine.asked == [(1, 0), (1, 1), (1, 2)]


def test_a_stubborn_engine_is_asked_twenty_times_and_then_overruled() -> None:
    engine = Stubborn(point(1))
    asking = unseen(engine)
    assert asking.ask(0) == Proposal(0, point(1), {"asked": 1})
    proposal = asking.ask(1)
    assert engine.asked[1:] == [(1, attempt) for attempt in range(MOST_REPEATS + 1)]
    assert proposal is not None
    assert proposal.params != point(1)
    assert proposal.sampler_state == {"asked": 1 + 1 + MOST_REPEATS}


def test_an_engine_that_never_learns_still_tries_all_and_then_the_space_is_exhausted() -> None:
    engine = Stubborn(point(1))
    records = search(unseen(engine))
    assert sorted(names(records)) == sorted(identity(params) for params in combinations(FEW) or ())
    assert engine.told == records


def test_replacements_depend_on_seed_number_and_what_was_seen_alone() -> None:
    records = search(unseen(Stubborn(point(1))))
    resumed = unseen(Stubborn(point(1)))
    resumed.restore(records[:5])
    assert names(search(resumed, 5)) == names(records[5:])
    other = UnseenEngine(Stubborn(point(1)), FEW, seed=6)
    assert names(search(other)) != names(records)


def test_replacements_for_a_space_without_an_end_are_drawn_at_random() -> None:
    stuck = {DEPTH.path: 1, RATE.path: 1e-3}
    asking = unseen(Stubborn(stuck), ENDLESS)
    proposals = [asking.ask(number) for number in range(20)]
    assert len({identity(proposal.params) for proposal in proposals if proposal}) == 20
    for proposal in proposals:
        assert proposal is not None
        assert RATE.low <= float(proposal.params[RATE.path] or 0) <= RATE.high


def test_the_engine_may_end_the_search() -> None:
    assert unseen(Stubborn(None)).ask(0) is None
    asking = unseen(Stubborn(point(1), point(1), None))
    assert asking.ask(0) is not None
    assert asking.ask(1) is None


def test_a_trial_that_is_trained_on_keeps_its_params() -> None:
    engine = Stubborn(point(1), resume_from=0, epochs=9)
    asking = unseen(engine)
    asking.restore([TrialRecord(0, point(1), "completed", dict.fromkeys(ALWAYS_MEASURED, 0.0), epochs=3)])
    assert asking.ask(1) == Proposal(1, point(1), {"asked": 1}, epochs=9, resume_from=0)


def test_what_is_taken_back_may_be_proposed_again() -> None:
    engine = Stubborn(point(1), point(2), point(1))
    asking = unseen(engine)
    first, second, third = asking.ask(0), asking.ask(0, 1), asking.ask(1)
    assert [each.params for each in (first, second, third) if each] == [point(1), point(2), point(1)]
    assert engine.asked == [(0, 0), (0, MOST_REPEATS + 1), (1, 0)]


def test_trials_of_another_study_count_as_seen_only_where_they_measured_the_same() -> None:
    older = [TrialRecord(-1, point(1), "completed", dict.fromkeys(ALWAYS_MEASURED, 0.0))]
    engine = Stubborn(point(1), point(1), point(2))
    asking = unseen(engine)
    asking.restore(older)
    proposal = asking.ask(0)
    assert engine.told == older
    assert proposal is not None
    assert proposal.params == point(1)
    strict = unseen(Stubborn(point(1), point(2)), also_seen=older)
    strict.restore(older)
    proposal = strict.ask(0)
    assert proposal is not None
    assert proposal.params == point(2)


def test_a_space_that_another_study_exhausted_is_exhausted() -> None:
    older = [
        TrialRecord(-1 - place, params, "pruned") for place, params in enumerate(combinations(FEW) or ())
    ]
    assert unseen(Stubborn(point(1)), also_seen=older).ask(0) is None


def test_closing_closes_the_engine() -> None:
    engine = Stubborn(point(1))
    unseen(engine).close()
    assert engine.closed
