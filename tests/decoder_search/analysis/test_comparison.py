from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from decoder_search.analysis.comparison import (
    Step,
    compare_studies,
    epochs_spent,
    hypervolume_curve,
)
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parameters import IntParameter
from encodenet_core.errors import ConfigError

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def slow(make_study: MakeStudy, make_trial: MakeTrial) -> StudyRecord:
    """Three whole trials of ten epochs; the second is dominated, the third dominates all."""
    measured = [(0.90, 0.04), (0.85, 0.05), (0.95, 0.02)]
    trials = [make_trial(n, accuracy=each[0], mse=each[1], epochs=10) for n, each in enumerate(measured)]
    return make_study(trials, name="slow")


@pytest.fixture
def quick(make_study: MakeStudy, make_trial: MakeTrial, make_pruned: MakeTrial) -> StudyRecord:
    """The best of `slow` after three epochs of a pruned trial and ten of its own."""
    return make_study([make_pruned(0), make_trial(1, accuracy=0.95, mse=0.02, epochs=10)], name="quick")


def test_a_curve_rises_where_a_trial_dominates_more_and_pruned_trials_cost_their_epochs(
    slow: StudyRecord, quick: StudyRecord
) -> None:
    # Below (0.14, 0.9), the pixel variance and the error of guessing.
    first, last = (0.14 - 0.04) * (0.9 - 0.1), (0.14 - 0.02) * (0.9 - 0.05)
    assert hypervolume_curve(slow, "mse") == (
        Step(10, pytest.approx(first)),
        Step(30, pytest.approx(last)),
    )
    assert hypervolume_curve(quick, "mse") == (Step(13, pytest.approx(last)),)


def test_the_curve_ends_at_the_hypervolume_of_the_whole_front(
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    measured = [(0.90, 0.02), (0.95, 0.04), (0.92, 0.03), (0.91, 0.05)]
    study = make_study([make_trial(n, accuracy=each[0], mse=each[1]) for n, each in enumerate(measured)])
    steps = (0.14 - 0.04) * (0.9 - 0.05) + (0.04 - 0.03) * (0.9 - 0.08) + (0.03 - 0.02) * (0.9 - 0.1)
    assert hypervolume_curve(study, "mse")[-1].hypervolume == pytest.approx(steps)
    assert compare_studies([study, study]).studies[0].front == 3


def test_what_a_study_reached_and_what_it_spent(slow: StudyRecord, quick: StudyRecord) -> None:
    first, second = compare_studies([slow, quick]).studies
    assert (first.name, first.states, first.epochs, first.front) == ("slow", {"completed": 3}, 30, 1)
    assert (second.states, second.epochs) == ({"completed": 1, "pruned": 1}, 13)
    assert first.best is not None and second.best is not None
    assert (first.best["trial"], second.best["trial"]) == (2, 1)
    assert first.best["gain_baseline"] == pytest.approx(0.0)
    assert (first.epochs_to_level, second.epochs_to_level) == (30, 13)


def test_a_study_that_never_came_to_95_percent_of_the_largest_hypervolume_has_no_price(
    slow: StudyRecord, quick: StudyRecord
) -> None:
    begun = replace(slow, trials=slow.trials[:2])
    first, second = compare_studies([begun, quick]).studies
    assert (first.epochs_to_level, second.epochs_to_level) == (None, 13)


def test_the_hypervolume_between_two_steps_is_that_of_the_first_and_none_after_the_end(
    slow: StudyRecord, quick: StudyRecord
) -> None:
    first, second = compare_studies([slow, quick]).studies
    assert first.hypervolume_at(9) == 0.0
    assert first.hypervolume_at(29) == first.curve[0].hypervolume
    assert first.hypervolume_at(30) == first.hypervolume
    assert second.hypervolume_at(14) is None


def test_a_trial_that_went_on_from_another_trained_for_the_rest_alone(
    slow: StudyRecord, make_trial: MakeTrial
) -> None:
    first = make_trial(0)
    first = replace(first, metrics={**first.metrics, "epochs": 3.0}, epochs=3)
    second = replace(first, number=1, metrics={**first.metrics, "epochs": 9.0}, epochs=9, resume_from=0)
    study = replace(slow, trials=(first, second))
    assert epochs_spent(study) == {0: 3, 1: 6}


def changed(study: StudyRecord, **settings: Any) -> StudyRecord:
    return replace(study, settings=replace(study.settings, **settings))


def test_what_does_not_compare_is_said(slow: StudyRecord, quick: StudyRecord) -> None:
    def notes(*studies: StudyRecord) -> str:
        return " ".join(compare_studies(studies).notes)

    assert notes(slow, quick) == "mse compares trials of one clustering only, and with it the hypervolume."
    other = replace(quick, facts=replace(quick.facts, dataset_fingerprint="another"))
    assert "different data: their numbers do not compare" in notes(slow, other)
    trained = replace(quick, facts=replace(quick.facts, baseline_key="another"))
    assert "different baselines: accuracies compare, gains do not" in notes(slow, trained)
    decoders = replace(slow.settings.space, parameters=(IntParameter("decoder.depth", 1, 3),))
    assert notes(changed(slow, space=decoders), changed(quick, space=decoders)) == ""
    fewer = replace(decoders, constants={**decoders.constants, "clustering.n_clusters": 1})
    assert "one clustering only" in notes(changed(slow, space=decoders), changed(quick, space=fewer))


def test_studies_of_different_reconstructions_are_compared_by_retrieval(
    slow: StudyRecord, quick: StudyRecord
) -> None:
    comparison = compare_studies([slow, changed(quick, reconstruction="retrieval")])
    assert comparison.reconstruction == "retrieval"
    assert "so retrieval is compared" in comparison.notes[0]
    assert comparison.studies[1].hypervolume == pytest.approx(0.9 * 0.85)


def test_studies_without_facts_or_trials_can_stand_beside_others(
    slow: StudyRecord, make_study: MakeStudy
) -> None:
    comparison = compare_studies([slow, make_study([], prepared=False, name="new")])
    new = comparison.studies[1]
    assert (new.best, new.front, new.epochs, new.hypervolume, new.curve) == (None, 0, 0, None, ())
    assert "new was never prepared" in comparison.notes[0]


def test_one_study_is_refused(slow: StudyRecord) -> None:
    with pytest.raises(ConfigError, match="1 study cannot be compared; name two or more"):
        compare_studies([slow])


def test_a_comparison_is_plain_json(slow: StudyRecord, quick: StudyRecord) -> None:
    comparison = compare_studies([slow, quick])
    read = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    assert [study["name"] for study in read["studies"]] == ["slow", "quick"]
    assert read["studies"][1]["curve"] == [{"epochs": 13, "hypervolume": comparison.studies[1].hypervolume}]
