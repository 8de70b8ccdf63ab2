from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decoder_search.mirror.trial_times import read_trial_times
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core import ConfigError


def test_the_last_event_of_a_trial_counts(
    tmp_path: Path, make_settings: Callable[..., StudySettings], make_trial: Callable[..., TrialRecord]
) -> None:
    folder = tmp_path / "tiny"
    with Journal.open(folder, make_settings) as journal:
        journal.started(Proposal(0, {"decoder.depth": 1}))
        started = read_trial_times(folder)[0]
        journal.reported(0, 1, {"mse": 0.5})
        journal.finished(make_trial(0))
        journal.started(Proposal(12, {"decoder.depth": 2}))
    times = read_trial_times(folder)
    assert set(times) == {0, 12}
    assert started <= times[0] <= times[12] <= datetime.now(UTC) + timedelta(seconds=1)


def test_a_real_study_has_a_time_for_every_trial(real_study: object) -> None:
    folder = real_study.results / "tiny"  # type: ignore[attr-defined]
    assert sorted(read_trial_times(folder)) == [0, 1, 2, 3]


def test_no_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read study"):
        read_trial_times(tmp_path)
