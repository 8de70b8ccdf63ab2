"""What a later driver makes of the records of an earlier one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toy_oracle_search import FINITE, SPACE, TUNERS, NewEngine, asked, ended, reread, search

from decoder_search.engines.keras_tuner.engine import KerasTunerEngine
from decoder_search.engines.keras_tuner.hyperparameters import belongs
from decoder_search.records.settings import Tuner
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core import ConfigError


class TwoWorkers:
    """A study with two trials at a time, of which the later ends first."""

    def __init__(self, engine: KerasTunerEngine) -> None:
        self.engine = engine
        self.records: dict[int, TrialRecord] = {}
        self.running: list[Proposal] = []

    def go_on_until(self, n_asked: int) -> None:
        while len(self.records) < n_asked:
            proposal = asked(self.engine, len(self.records))
            self.records[proposal.number] = ended(proposal, "running")
            self.running.append(proposal)
            if len(self.running) == 2:
                last = ended(self.running.pop())
                self.records[last.number] = last
                self.engine.tell(last)

    def resume(self, engine: KerasTunerEngine) -> TwoWorkers:
        resumed = TwoWorkers(engine)
        engine.restore(reversed(reread(list(self.records.values()))))
        resumed.records, resumed.running = dict(self.records), list(self.running)
        return resumed


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
@pytest.mark.parametrize("cut", [1, 6, 12])
def test_a_resumed_engine_proposes_what_an_uninterrupted_one_would(
    tuner: Tuner, cut: int, new_engine: NewEngine
) -> None:
    whole = TwoWorkers(new_engine(tuner))
    whole.go_on_until(14)
    interrupted = TwoWorkers(new_engine(tuner))
    interrupted.go_on_until(cut)
    resumed = interrupted.resume(new_engine(tuner))
    resumed.go_on_until(14)
    assert resumed.records == whole.records


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_a_trial_that_still_runs_is_proposed_again_as_it_was(tuner: Tuner, new_engine: NewEngine) -> None:
    study = TwoWorkers(new_engine(tuner))
    study.go_on_until(4)
    engine = new_engine(tuner)
    engine.restore(reread(list(study.records.values())))
    (running,) = study.running
    assert engine.ask(running.number) == running
    engine.tell(ended(running))
    assert asked(engine, 4).sampler_state["told"] == [3, running.number]


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["random", "hyperband", "grid"])
def test_params_that_the_tuner_would_not_propose_are_those_of_another_oracle(
    tuner: Tuner, new_engine: NewEngine
) -> None:
    records = reread(search(new_engine(tuner), range(3)))
    rate = {"autoencoder.training.learning_rate": 0.0042}
    notes = {**records[1].sampler_state, "proposed": "0" * 16}
    records[1] = replace(records[1], params={**records[1].params, **rate}, sampler_state=notes)
    with pytest.raises(
        ConfigError, match="by another oracle: trial 1 was .*, but now it would be"
    ) as refusal:
        new_engine(tuner).restore(records)
    assert "\n" not in str(refusal.value)


@pytest.mark.slow
def test_records_of_a_space_without_such_params_are_refused(new_engine: NewEngine) -> None:
    records = reread(search(new_engine("bayesian"), range(2)))
    with pytest.raises(ConfigError, match="trial 0 was .*, but the space has no such trial"):
        new_engine("bayesian", FINITE).restore(records)


@pytest.mark.slow
def test_records_that_follow_a_trial_that_is_gone_are_refused(new_engine: NewEngine) -> None:
    records = reread(search(new_engine("random"), range(3)))
    with pytest.raises(ConfigError, match="it followed the end of trial 0, which is not on record"):
        new_engine("random").restore(records[1:])


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_trials_of_an_earlier_version_of_the_space_are_learnt_from(
    tuner: Tuner, new_engine: NewEngine
) -> None:
    narrow = replace(
        SPACE, parameters=(replace(SPACE.parameters[0], choices=("kmeans",)), *SPACE.parameters[1:])
    )
    records = reread(search(new_engine(tuner, narrow), range(6)))
    engine = new_engine(tuner)
    engine.restore(records)
    later = search(engine, range(6, 10))
    following = engine.ask(10)
    resumed = new_engine(tuner)
    resumed.restore([*records, *reread(later)])
    assert resumed.ask(10) == following


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_a_study_that_learnt_from_another_goes_on_without_it(tuner: Tuner, new_engine: NewEngine) -> None:
    other = [
        replace(record, number=record.number - 12, sampler_state={})
        for record in reread(search(new_engine(tuner), range(12)))
    ]
    engine = new_engine(tuner)
    engine.restore(other)
    records = search(engine, range(4))
    known = {tuple(record.params.values()) for record in other}
    if tuner in ("random", "hyperband"):
        assert not any(tuple(record.params.values()) in known for record in records)
    following = engine.ask(4)
    with_it = new_engine(tuner)
    with_it.restore(other)
    with_it.restore(reread(records))
    assert with_it.ask(4) == following
    without = new_engine(tuner)
    without.restore(reread(records))
    assert belongs(SPACE, asked(without, 4).params)


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_params_that_took_the_place_of_the_proposed_ones_are_learnt(
    tuner: Tuner, new_engine: NewEngine
) -> None:
    engine = new_engine(tuner)
    proposals = [asked(engine, number) for number in range(3)]
    params = {"clustering.method": "hdbscan", "autoencoder.training.learning_rate": 0.005}
    records = [ended(replace(proposals[0], params=params)), *map(ended, proposals[1:])]
    for record in records:
        engine.tell(record)
    following = engine.ask(3)
    resumed = new_engine(tuner)
    resumed.restore(reread(records))
    assert resumed.ask(3) == following
