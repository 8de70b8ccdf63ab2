from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.plots.words import AXES, SHORT_AXES, DrawnMetric, references, study_name, subtitle


def test_every_metric_has_its_words() -> None:
    assert set(AXES) == set(SHORT_AXES) == set(get_args(DrawnMetric))
    assert all(words.endswith(" is better") for words in AXES.values())


def test_a_long_name_is_cut_and_a_broken_one_made_a_line(make_study: Callable[..., StudyRecord]) -> None:
    study = make_study([])
    assert study_name(replace(study, settings=replace(study.settings, name="a\nb"))) == "a b"
    assert study_name(replace(study, settings=replace(study.settings, name="x" * 60))) == "x" * 47 + "…"


def test_what_is_not_known_is_left_out(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]
) -> None:
    unprepared = make_study([make_trial(0, state="failed")], prepared=False)
    assert subtitle(unprepared) == "1 failed"
    assert references(unprepared) == {}
    assert references(make_study([])) == {"baseline": 95.0, "control A": 95.5}


def test_what_is_equal_to_a_tenth_is_named_once(make_study: Callable[..., StudyRecord]) -> None:
    study = make_study([])
    facts = replace(study.facts, control_training_accuracy=0.9502)
    assert references(replace(study, facts=facts)) == {"baseline and control A": 95.0}
