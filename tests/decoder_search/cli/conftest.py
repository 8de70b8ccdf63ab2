"""A study on disk, for the tests of commands that read one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord


@pytest.fixture
def study(
    tmp_path: Path,
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Callable[..., Path],
) -> StudyRecord:
    """The study `tiny` in `tmp_path / "results"`: trials 2 and 0 are on the front in this order, 1 failed."""
    params = {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 2}
    trials = [
        make_trial(0, accuracy=0.94, mse=0.02),
        make_trial(1, state="failed"),
        make_trial(2, params, accuracy=0.97, mse=0.06),
        make_trial(3, accuracy=0.93, mse=0.07),
    ]
    record = make_study(trials)
    write_study(record, tmp_path / "results")
    return record
