from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.analysis.ranking import rank_study
from decoder_search.driver.illustrating import obtain_illustration
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.report.illustrating import read_illustration


@pytest.mark.slow
def test_a_worker_draws_once_and_only_for_this_config(real_study: Any, tmp_path: Path) -> None:
    study = read_study(real_study.results / "tiny")
    best, another = (each.trial for each in rank_study(study)[:2])
    copy = replace(study, folder=tmp_path / "tiny")
    (copy.folder / "trials" / str(best.number)).mkdir(parents=True)
    said: list[str] = []
    cache = Path(os.environ["ENCODENET_CACHE"])
    drawn = obtain_illustration(copy, best, cache, said.append, lambda: False)
    pictures = drawn.pictures
    assert drawn.reason == "" and pictures is not None
    assert len(pictures.classes) == pictures.num_classes == len(pictures.elbow.inertias) == 10
    assert all((drawn.folder / each.file).exists() for each in pictures.classes)
    assert said == [f"a worker draws the clusters of trial {best.number}; Ctrl-C goes on without them"]
    assert obtain_illustration(copy, best, cache, said.append, lambda: False) == drawn
    assert len(said) == 1
    assert read_illustration(copy, replace(best, params=another.params)) is None


@pytest.mark.slow
def test_a_baseline_that_is_gone_is_not_trained_again(real_study: Any, tmp_path: Path) -> None:
    study = replace(read_study(real_study.results / "tiny"), folder=tmp_path / "tiny")
    best = rank_study(study)[0].trial
    found = obtain_illustration(study, best, tmp_path / "empty", lambda line: None, lambda: False)
    assert found.pictures is None
    assert "The clusters could not be drawn: the baseline of the study is no longer in" in found.reason


def test_an_interrupt_goes_on_without(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord], tmp_path: Path
) -> None:
    study = replace(make_study([make_trial(0, {"decoder.depth": 1})]), folder=tmp_path / "tiny")
    found = obtain_illustration(study, study.trials[0], tmp_path, lambda line: None, lambda: True)
    assert found.reason == "The clusters were not drawn, because that was interrupted; make the report again."


def test_without_a_winner_no_worker_starts(make_study: Callable[..., StudyRecord], tmp_path: Path) -> None:
    found = obtain_illustration(make_study([]), None, tmp_path, pytest.fail, lambda: False)
    assert found.reason.startswith("No trial has completed")
