"""What ends a study or a trial: its number of trials, the time, the memory, the disk."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from toy_study_records import RunStudy, StudyOf, events, states

from decoder_search.driver import housekeeping
from decoder_search.driver.budget import TrialLimits
from decoder_search.driver.housekeeping import Storage
from decoder_search.records.journal import Journal
from decoder_search.records.trial_record import Proposal

COMPLETES, SLEEPS, FILLS_THE_DISK = 1, 7, 8
"""How a trial ends whose decoder has this depth."""


def test_the_number_of_trials_counts_those_of_earlier_starts(run_study: RunStudy, folder: Path) -> None:
    earlier = run_study(COMPLETES, n_trials=2)
    later = run_study(COMPLETES, n_trials=3)
    assert later.trials[:2] == earlier.trials
    assert states(later) == [(number, "completed", 1) for number in range(3)]
    assert states(run_study(COMPLETES, n_trials=3)) == states(later)


def test_interrupted_trials_are_held_to_the_number_of_trials_too(
    run_study: RunStudy, folder: Path, study_of: StudyOf
) -> None:
    run_study(COMPLETES, n_trials=3)
    with Journal.open(folder, lambda: study_of(COMPLETES)) as journal:
        for number in (3, 4):
            journal.started(Proposal(number, {"decoder.depth": COMPLETES}))
    before = len(list(events(folder)))
    study = run_study(COMPLETES, n_trials=4)
    assert states(study) == [*((number, "completed", 1) for number in range(4)), (4, "running", 1)]
    started = [event["trial"]["number"] for event in list(events(folder))[before:] if "trial" in event]
    assert started == [3, 3]
    assert states(run_study(COMPLETES, n_trials=5))[4] == (4, "completed", 1)


def test_a_spent_time_budget_starts_no_trial_and_lets_running_ones_finish(run_study: RunStudy) -> None:
    assert run_study(COMPLETES, n_trials=4, deadline=time.monotonic()).trials == ()
    study = run_study(COMPLETES, n_trials=5000, deadline=time.monotonic() + 1)
    assert 0 < len(study.trials) < 5000
    assert {trial.state for trial in study.trials} == {"completed"}


def test_a_trial_over_its_time_is_infeasible_and_not_tried_again(run_study: RunStudy) -> None:
    study = run_study(SLEEPS, n_trials=1, limits=TrialLimits(seconds=1.5))
    assert states(study) == [(0, "infeasible", 1)]
    assert study.trials[0].reason == "it took longer than the 2s of --trial-timeout"


def test_a_trial_over_its_memory_is_infeasible_and_not_tried_again(run_study: RunStudy) -> None:
    study = run_study(SLEEPS, n_trials=1, limits=TrialLimits(memory=1_000_000))
    assert states(study) == [(0, "infeasible", 1)]
    assert study.trials[0].reason.endswith("more than the 1 MB of --trial-memory")


def weights(folder: Path) -> list[int]:
    return sorted(int(path.parent.name) for path in (folder / "trials").glob("*/weights"))


def test_the_best_trials_keep_their_weights_and_a_later_driver_may_keep_fewer(
    run_study: RunStudy, folder: Path
) -> None:
    run_study(COMPLETES, n_trials=4, storage=Storage(2))
    assert weights(folder) == [0, 1]
    run_study(COMPLETES, n_trials=5, storage=Storage(1))
    assert weights(folder) == [0]


def test_where_no_weights_are_kept_no_trial_is_asked_for_them(run_study: RunStudy, folder: Path) -> None:
    run_study(COMPLETES, n_trials=2, storage=Storage(0))
    assert not (folder / "trials").exists()


def test_a_study_that_fills_its_disk_ends_with_the_reason_and_goes_on_with_more(
    run_study: RunStudy, folder: Path, news: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "SHARE_OF_TIME", float("inf"))
    study = run_study(FILLS_THE_DISK, n_trials=6, n_workers=1, storage=Storage(1, 3_500_000))
    assert states(study) == [(number, "completed", 1) for number in range(3)]
    said = news.getvalue()
    assert "the study takes 4.0 MB of the 3.5 MB of --max-disk, which leaves less than a tenth" in said
    assert "give a larger --max-disk to go on" in said
    study = run_study(FILLS_THE_DISK, n_trials=6, n_workers=1, storage=Storage(1, 35_000_000))
    assert states(study) == [(number, "completed", 1) for number in range(6)]
    assert weights(folder) == [0]
