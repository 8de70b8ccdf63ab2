from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from decoder_search.mirror import following
from decoder_search.mirror.following import Following
from decoder_search.mirror.mirror import Mirror
from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import Proposal, TrialRecord

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(following, "POLL_SECONDS", 0.02)
    yield


@pytest.fixture
def study(
    make_study: Callable[..., StudyRecord],
    make_trial: MakeTrial,
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> StudyRecord:
    """The study `tiny` with trial 0, in a folder of its own."""
    study = make_study([make_trial(0)])
    return replace(study, folder=write_study(study, tmp_path))


def states(storage: InMemoryStorage) -> list[TrialState]:
    if not storage.get_all_studies():
        return []
    return [trial.state for trial in optuna.load_study(study_name="tiny", storage=storage).trials]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_a_driver_writes_reaches_the_mirror_while_it_runs(
    study: StudyRecord, make_trial: MakeTrial, tmp_path: Path
) -> None:
    storage, warnings = InMemoryStorage(), list[Exception]()
    with (
        Journal.open(study.folder, lambda: study.settings) as journal,
        Following(study.folder, lambda: Mirror(storage, tmp_path), warnings.append) as follower,
    ):
        follower.wait_for_first_try()
        assert states(storage) == [TrialState.COMPLETE]
        assert follower.study_id == 0
        journal.started(Proposal(1, {"decoder.depth": 2, "clustering.method": "hdbscan"}))
        wait_until(lambda: len(states(storage)) == 2)
        journal.finished(make_trial(1, {"decoder.depth": 2, "clustering.method": "hdbscan"}))
        wait_until(lambda: states(storage) == [TrialState.COMPLETE] * 2)
        journal.finished(make_trial(2))
    assert states(storage) == [TrialState.COMPLETE] * 3
    assert warnings == []


def test_a_failure_is_said_once_and_the_mirror_opened_anew(
    study: StudyRecord, make_trial: MakeTrial, tmp_path: Path
) -> None:
    storage, warnings, tries = InMemoryStorage(), list[Exception](), list[int]()

    def open_mirror() -> Mirror:
        tries.append(len(tries))
        if len(tries) < 3:
            raise OSError(f"try {len(tries)}")
        return Mirror(storage, tmp_path)

    with Following(study.folder, open_mirror, warnings.append):
        wait_until(lambda: states(storage) == [TrialState.COMPLETE])
    assert [str(warning) for warning in warnings] == ["try 1"]


def test_a_study_that_somebody_deletes_from_the_mirror_comes_back(
    study: StudyRecord, make_trial: MakeTrial, tmp_path: Path
) -> None:
    storage = InMemoryStorage()
    with (
        Journal.open(study.folder, lambda: study.settings) as journal,
        Following(study.folder, lambda: Mirror(storage, tmp_path), lambda error: None) as follower,
    ):
        follower.wait_for_first_try()
        storage.delete_study(0)
        journal.finished(make_trial(1))
        wait_until(lambda: states(storage) == [TrialState.COMPLETE] * 2)


def test_a_mirror_that_hangs_is_left_behind(study: StudyRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "CATCH_UP_SECONDS", 0.1)
    released, warnings = threading.Event(), list[Exception]()

    def open_mirror() -> Mirror:
        released.wait()
        raise OSError("late")

    started = time.monotonic()
    with Following(study.folder, open_mirror, warnings.append):
        pass
    assert time.monotonic() - started < 5
    assert [str(warning) for warning in warnings] == ["it takes too long to answer"]
    released.set()


def test_a_folder_without_a_study_is_waited_for(tmp_path: Path) -> None:
    opened, warnings = list[Path](), list[Exception]()

    def open_mirror() -> Mirror:
        opened.append(tmp_path)
        raise AssertionError("there is nothing to mirror")

    with Following(tmp_path / "none", open_mirror, warnings.append) as follower:
        follower.wait_for_first_try()
        assert follower.study_id is None
    assert (opened, warnings) == ([], [])
