from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.views.plots.subject import Subject

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture(scope="session")
def trials(make_trial: MakeTrial, make_pruned: MakeTrial) -> list[TrialRecord]:
    """Nine completed trials of any depth and clustering, of which 8 and 5 are the front; and three others."""
    completed = [
        make_trial(
            number,
            {"decoder.depth": 1 + number % 3, "clustering.method": "hdbscan"}
            if number % 2
            else {
                "decoder.depth": 1 + number % 3,
                "clustering.method": "kmeans",
                "clustering.n_clusters": 1 + number % 4,
            },
            accuracy=0.90 + 0.005 * number,
            mse=0.03 if number == 5 else 0.06 - 0.001 * number,
            epochs=2,
        )
        for number in range(9)
    ]
    return [*completed, make_pruned(9), make_trial(10, state="failed"), make_trial(12, state="infeasible")]


@pytest.fixture
def subject(make_study: Callable[..., StudyRecord], trials: list[TrialRecord], tmp_path: Path) -> Subject:
    """The trials as a study on disk, of which each reported two losses."""
    study = replace(make_study(trials), folder=tmp_path / "tiny")
    with Journal.open(study.folder, lambda: study.settings) as journal:
        journal.prepared(study.facts)
        for trial in trials:
            journal.started(Proposal(trial.number, trial.params))
            for step in (1, 2):
                values: dict[str, Any] = {"loss": 0.1 / (step + trial.number)}
                journal.reported(trial.number, step, values)
            journal.finished(trial)
    return Subject(read_study(study.folder))
