from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.engines.unseen import UnseenEngine
from decoder_search.engines.warm_start import Carried, measured_the_same, migrate, warm_start
from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord, identity
from decoder_search.space.constraints import Constraint
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter, Parameter
from decoder_search.space.search_space import SearchSpace

DEPTH = IntParameter("decoder.depth", 1, 3)
METHOD = ChoiceParameter("clustering.method", ("kmeans", "hdbscan"))
CLUSTERS = IntParameter("clustering.n_clusters", 1, 4, when={"clustering.method": ("kmeans",)})
RATE = FloatParameter("autoencoder.training.learning_rate", 1e-3, 1e-2, log=True)

OLD = SearchSpace(
    "old",
    (DEPTH, METHOD, CLUSTERS),
    {"dataset.source": "digits", "autoencoder.training.epochs": 8, "seed": 0},
    {"autoencoder.training.epochs": 30},
)

KMEANS = {"decoder.depth": 2, "clustering.method": "kmeans", "clustering.n_clusters": 2}
HDBSCAN = {"decoder.depth": 3, "clustering.method": "hdbscan"}

MakeTrial = Callable[..., TrialRecord]


def changed(*parameters: Parameter, **constants: Any) -> SearchSpace:
    """The old space with other parameters, if any, and with constants replaced; `__` stands for a point."""
    named = {path.replace("__", "."): value for path, value in constants.items()}
    return replace(OLD, parameters=parameters or OLD.parameters, constants={**OLD.constants, **named})


def only_reason(carried: Carried) -> str:
    assert carried.records == ()
    (reason,) = carried.left_out
    assert "\n" not in reason
    return reason


@pytest.fixture
def older(make_study: Callable[..., StudyRecord]) -> Callable[..., StudyRecord]:
    """Trials to a study of the old space."""

    def make(*trials: TrialRecord) -> StudyRecord:
        study = make_study(trials)
        return replace(study, settings=replace(study.settings, space=OLD, name="older"))

    return make


def test_a_space_takes_over_all_of_its_own_trials(make_trial: MakeTrial) -> None:
    states = ("completed", "pruned", "infeasible", "failed", "running")
    trials = tuple(make_trial(number, KMEANS, state) for number, state in enumerate(states))
    assert migrate(trials, OLD, OLD) == Carried(trials, ())


@pytest.mark.parametrize(
    "space",
    [
        changed(replace(DEPTH, high=9), METHOD, replace(CLUSTERS, high=8)),
        changed(DEPTH, replace(METHOD, choices=("cosine", "hdbscan", "kmeans")), CLUSTERS),
        changed(METHOD, CLUSTERS, DEPTH),
        changed(autoencoder__training__learning_rate=2e-3),
        changed(compute__jit_compile=True),
        replace(OLD, name="other", final={}, description="Another."),
    ],
    ids=["ranges widened", "choice added", "other order", "default written out", "only faster", "other name"],
)
def test_a_wider_space_takes_over_all_trials(space: SearchSpace, make_trial: MakeTrial) -> None:
    trials = (make_trial(0, KMEANS), make_trial(1, HDBSCAN, "pruned"))
    carried = migrate(trials, OLD, space)
    assert carried.left_out == ()
    assert [dict(trial.params) for trial in carried.records] == [KMEANS, HDBSCAN]
    assert [replace(trial, params={}) for trial in carried.records] == [
        replace(trial, params={}) for trial in trials
    ]


@pytest.mark.parametrize(
    ("space", "reason"),
    [
        (
            changed(replace(DEPTH, high=1), METHOD, CLUSTERS),
            "decoder.depth was 2, but the space allows 1 to 1",
        ),
        (
            changed(DEPTH, replace(METHOD, choices=("cosine", "hdbscan"))),
            "clustering.method was kmeans, but the space allows cosine, hdbscan",
        ),
        (
            changed(replace(DEPTH, low=1, high=5, step=2), METHOD, CLUSTERS),
            "the space allows 1 to 5 in steps of 2",
        ),
        (
            changed(autoencoder__training__epochs=30),
            "autoencoder.training.epochs was 8, but the space has 30",
        ),
        (changed(seed=1), "seed was 0, but the space has 1"),
        (changed(dataset__source="mnist"), "dataset.source was digits, but the space has mnist"),
        (changed(DEPTH, METHOD), "clustering.n_clusters was 2, but the space has 3"),
        (changed(DEPTH, METHOD, CLUSTERS, replace(RATE, low=5e-3)), "learning_rate was 0.002, but the"),
    ],
)
def test_a_trial_that_the_space_has_no_place_for_is_left_out_with_the_reason(
    space: SearchSpace, reason: str, make_trial: MakeTrial
) -> None:
    found = only_reason(migrate([make_trial(4, KMEANS)], OLD, space))
    assert found.startswith("trial 4: ")
    assert reason in found


def test_a_key_may_become_searched_or_constant(make_trial: MakeTrial) -> None:
    learning = changed(DEPTH, METHOD, CLUSTERS, RATE)
    (trial,) = migrate([make_trial(0, KMEANS)], OLD, learning).records
    assert trial.params == {**KMEANS, RATE.path: 2e-3}
    fixed = changed(METHOD, CLUSTERS, decoder__depth=2)
    carried = migrate([make_trial(0, KMEANS), make_trial(1, HDBSCAN)], OLD, fixed)
    assert [dict(trial.params) for trial in carried.records] == [
        {"clustering.method": "kmeans", "clustering.n_clusters": 2}
    ]
    assert carried.left_out == ("trial 1: decoder.depth was 3, but the space has 2",)


def test_params_that_make_no_config_are_left_out(make_trial: MakeTrial) -> None:
    reason = only_reason(migrate([make_trial(0, {**KMEANS, "decoder.depth": 0})], OLD, OLD))
    assert "decoder.depth is 0" in reason


def test_what_broke_a_limit_that_was_raised_may_be_tried_again(make_trial: MakeTrial) -> None:
    def limited(most: float) -> SearchSpace:
        return replace(OLD, constraints=(Constraint("decoder_parameters", maximum=most),))

    big = replace(make_trial(0, KMEANS, "infeasible"), metrics={"decoder_parameters": 3000.0})
    assert migrate([big], limited(2000), limited(2500)).records == (big,)
    for raised in (limited(4000), OLD):
        assert "decoder_parameters is 3,000" in only_reason(migrate([big], limited(2000), raised))
    crashed = make_trial(0, KMEANS, "infeasible")
    assert migrate([crashed], limited(2000), OLD).records == (crashed,)


def test_a_warm_start_numbers_what_ended_below_zero_in_the_old_order(
    make_trial: MakeTrial, older: Callable[..., StudyRecord]
) -> None:
    noted = replace(make_trial(0, KMEANS), sampler_state={"OrderedNSGAII:generation": 3})
    study = older(
        noted,
        make_trial(1, HDBSCAN, "failed"),
        make_trial(2, HDBSCAN, "pruned"),
        make_trial(3, HDBSCAN, "running"),
        make_trial(4, {**KMEANS, "decoder.depth": 3}, "infeasible"),
    )
    carried = warm_start(study, OLD)
    assert [trial.number for trial in carried.records] == [-3, -2, -1]
    assert [trial.state for trial in carried.records] == ["completed", "pruned", "infeasible"]
    assert carried.records[0] == replace(noted, number=-3, sampler_state={})
    assert carried.left_out == ("trial 1 of older: it failed", "trial 3 of older: it never ended")


@pytest.mark.parametrize(("epochs", "kept"), [(None, True), (8, True), (3, False)])
def test_a_part_of_the_epochs_measures_something_else(
    epochs: int | None, kept: bool, make_trial: MakeTrial, older: Callable[..., StudyRecord]
) -> None:
    carried = warm_start(older(replace(make_trial(0, KMEANS), epochs=epochs)), OLD)
    assert len(carried.records) == kept
    if not kept:
        assert carried.left_out == ("trial 0 of older: it was trained for 3 of 8 epochs",)


def test_only_the_same_images_and_baseline_measure_the_same() -> None:
    facts = StudyFacts(dataset_fingerprint="a", baseline_key="b", baseline_accuracy=0.9)
    assert measured_the_same(facts, replace(facts, baseline_accuracy=0.8))
    assert not measured_the_same(facts, replace(facts, dataset_fingerprint="c"))
    assert not measured_the_same(facts, replace(facts, baseline_key="c"))
    assert not measured_the_same(StudyFacts(), StudyFacts())


def test_an_engine_takes_a_warm_start_and_numbers_its_own_trials_from_zero(
    make_trial: MakeTrial, older: Callable[..., StudyRecord]
) -> None:
    params: list[dict[str, Any]] = [
        {"decoder.depth": depth, "clustering.method": "kmeans", "clustering.n_clusters": clusters}
        for depth in (1, 2, 3)
        for clusters in (1, 2, 3, 4)
    ]
    study = older(*(make_trial(number, each) for number, each in enumerate(params)))
    carried = warm_start(study, OLD)
    inner = OptunaEngine(replace(study.settings, sampler="nsga2", seed=0), 20)
    engine = UnseenEngine(inner, OLD, seed=0, also_seen=carried.records)
    engine.restore(carried.records)
    tried = []
    while (proposal := engine.ask(len(tried))) is not None:
        tried.append(make_trial(proposal.number, proposal.params))
        engine.tell(replace(tried[-1], sampler_state=proposal.sampler_state))
    assert [trial.number for trial in tried] == [0, 1, 2]
    assert {identity(trial.params) for trial in tried} == {
        identity({"decoder.depth": depth, "clustering.method": "hdbscan"}) for depth in (1, 2, 3)
    }
