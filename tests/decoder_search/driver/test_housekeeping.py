from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time

import pytest

from decoder_search.driver import housekeeping
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.records.layout import weights_folder, with_weights
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core import StageCache
from encodenet_core.stages.cache import Stage

MB = 10**6

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "SHARE_OF_TIME", float("inf"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def study(make_study: Callable[..., StudyRecord], make_trial: MakeTrial, tmp_path: Path) -> StudyRecord:
    """Trials 0 and 1 are on the front, 0 with the better accuracy; 2, 3, 4 follow, a layer each; 5 failed."""
    trials = [
        make_trial(0, accuracy=0.97, mse=0.05),
        make_trial(1, accuracy=0.90, mse=0.01),
        *(make_trial(number, accuracy=0.9 - number / 100, mse=number / 10) for number in (2, 3, 4)),
        make_trial(5, state="failed"),
    ]
    study = make_study(trials)
    created = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    return replace(study, folder=tmp_path / "study", settings=replace(study.settings, created=created))


def start(
    study: StudyRecord,
    cache: Path,
    storage: Storage,
    finished: Iterable[TrialRecord] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Housekeeping:
    """A driver's, which has found these trials finished; all of the study if left out."""
    found = study if finished is None else replace(study, trials=tuple(finished))
    keeping = Housekeeping(found, cache, storage, say)
    keeping.weights.drop_others()
    return keeping


def leave_weights(study: StudyRecord, *numbers: int, size: int = 1000) -> None:
    for number in numbers:
        folder = weights_folder(study.folder, number)
        folder.mkdir(parents=True)
        (folder / "encodenet.keras").write_bytes(bytes(size))


def kept(study: StudyRecord) -> list[int]:
    return sorted(with_weights(study.folder))


@pytest.mark.parametrize(("n_best", "left"), [(0, []), (1, [0, 1]), (3, [0, 1, 2]), (10, [0, 1, 2, 3, 4])])
def test_a_driver_that_starts_drops_the_weights_that_an_earlier_one_kept_for_others(
    study: StudyRecord, cache: Path, n_best: int, left: list[int]
) -> None:
    leave_weights(study, 0, 1, 2, 3, 4, 5, 6)
    keeping = start(study, cache, Storage(n_best))
    assert keeping.weights.are_kept == (n_best > 0)
    assert kept(study) == left


def test_a_driver_that_has_not_taken_over_yet_removes_no_weights_but_for_want_of_room(
    study: StudyRecord, cache: Path
) -> None:
    leave_weights(study, 0, 1, 2, 3, size=MB)
    keeping = Housekeeping(study, cache, Storage(1, 10 * MB), lambda line: None)
    keeping.clear_attempts()
    keeping.look()
    assert kept(study) == [0, 1, 2, 3]
    keeping = Housekeeping(study, cache, Storage(3, 4 * MB), lambda line: None)
    keeping.look()
    assert kept(study) == [0, 1]
    keeping.weights.drop_others()
    assert not keeping.is_full and kept(study) == [0, 1]


def test_after_every_trial_only_the_best_so_far_have_weights(study: StudyRecord, cache: Path) -> None:
    keeping = start(study, cache, Storage(1), finished=())
    seen = []
    for end in (3, 2, 5, 1, 0):
        leave_weights(study, end)
        begun = (3, 2, 5, 1, 0)
        finished = [trial for trial in study.trials if trial.number in begun[: begun.index(end) + 1]]
        keeping.ended(study.trials[end], finished)
        seen.append(kept(study))
    assert seen == [[3], [2], [2], [1], [0, 1]]


def test_what_killed_workers_left_half_written_goes_at_the_start_and_at_the_end_of_the_trial(
    study: StudyRecord, cache: Path
) -> None:
    half = study.folder / "trials" / "2" / ".weights-x1"
    keeping = start(study, cache, Storage())
    for tidy in (
        keeping.clear_attempts,
        lambda: keeping.ended(study.trials[2], study.trials),
    ):
        half.mkdir(parents=True)
        tidy()
        assert not half.exists()


def test_without_a_limit_no_study_is_too_large(study: StudyRecord, cache: Path) -> None:
    leave_weights(study, 0, size=MB)
    keeping = start(study, cache, Storage(10))
    keeping.look()
    assert not keeping.is_full


def test_near_the_limit_weights_beyond_the_front_go_first_and_are_kept_no_more(
    study: StudyRecord, cache: Path
) -> None:
    said: list[str] = []
    leave_weights(study, 0, 1, 2, 3, size=MB)
    keeping = start(study, cache, Storage(10, 4 * MB), say=said.append)
    assert kept(study) == [0, 1, 2, 3]
    keeping.look()
    assert kept(study) == [0, 1]
    assert not keeping.is_full
    assert said == [
        "removed 2.0 MB of weights of trials that are not on the Pareto front: the 4.0 MB of --max-disk are "
        "nearly taken"
    ]
    leave_weights(study, 4)
    keeping.ended(study.trials[4], study.trials)
    assert kept(study) == [0, 1]


def test_a_study_that_keeps_no_weights_keeps_none_near_its_limit_either(
    study: StudyRecord, cache: Path
) -> None:
    keeping = start(study, cache, Storage(0, 1 * MB))
    leave_weights(study, 0, size=MB)  # by a trial that runs
    keeping.look()
    keeping.ended(study.trials[0], study.trials)
    assert kept(study) == []


def build_stage(cache: StageCache, stage: str, number: int) -> Path:
    def build(folder: Path) -> None:
        (folder / "arrays.bin").write_bytes(bytes(MB))

    return cache.obtain(Stage(stage, 1), {"number": number}, build)


def test_then_go_the_stages_that_nobody_uses_and_that_no_start_of_the_study_reads(
    study: StudyRecord, cache: Path
) -> None:
    said: list[str] = []
    dear = [build_stage(StageCache(cache), name, 0) for name in ("dataset", "baseline", "control_training")]
    user = StageCache(cache)
    used = build_stage(user, "embedding", 1)
    idle = [build_stage(StageCache(cache), "clusters", number) for number in range(3)]
    leave_weights(study, 0, size=1000)
    keeping = start(study, cache, Storage(10, 6 * MB), say=said.append)
    keeping.look()
    assert [folder.exists() for folder in idle] == [False, False, True]
    assert all(folder.exists() for folder in [*dear, used])
    assert kept(study) == [0]
    assert not keeping.is_full
    assert said[0].startswith("removed 2.0 MB of stages that no trial has read lately: the 6.0 MB of")


def test_what_the_last_completed_trial_has_read_stays_for_the_next_one(
    study: StudyRecord, cache: Path
) -> None:
    idle, read = (build_stage(StageCache(cache), "clusters", number) for number in range(2))
    an_hour_ago = time() - 3600
    os.utime(idle, (an_hour_ago, an_hour_ago))
    leave_weights(study, 0, size=MB)
    keeping = start(study, cache, Storage(10, 2 * MB))
    keeping.ended(replace(study.trials[0], seconds=60.0), study.trials)
    keeping.ended(replace(study.trials[5], seconds=0.0), study.trials)  # a failed one has read nothing
    keeping.look()
    assert (idle.exists(), read.exists(), keeping.is_full) == (False, True, True)


def test_a_study_that_is_still_too_large_is_full_until_there_is_room_again(
    study: StudyRecord, cache: Path
) -> None:
    user = StageCache(cache)
    folders = [build_stage(user, "baseline", 0), build_stage(user, "embedding", 1)]
    leave_weights(study, 0, size=MB)
    keeping = start(study, cache, Storage(10, 2 * MB))
    keeping.look()
    assert keeping.is_full
    assert all(folder.exists() for folder in folders)
    assert kept(study) == [0]
    assert keeping.why_full == (
        "the study takes 3.0 MB of the 2.0 MB of --max-disk, which leaves less than a tenth for another "
        "trial: 2.0 MB stages in the cache, 1.0 MB weights; give a larger --max-disk to go on"
    )
    del user
    keeping.look()
    assert keeping.is_full
    (folders[0] / "arrays.bin").unlink()
    keeping.look()
    assert not keeping.is_full


def test_room_is_kept_for_as_many_checkpoints_as_there_have_been(study: StudyRecord, cache: Path) -> None:
    keeping = start(study, cache, Storage(10, 3 * MB))
    checkpoint = study.folder / "trials" / "7" / "checkpoint" / "weights.npz"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(bytes(2 * MB))
    keeping.look()
    assert not keeping.is_full
    checkpoint.unlink()
    leave_weights(study, 0, size=MB)
    keeping.look()
    assert keeping.is_full
    assert "leaves less than a tenth for another trial beside the 2.0 MB that checkpoints" in keeping.why_full


def test_stages_from_before_the_study_neither_count_nor_go(study: StudyRecord, cache: Path) -> None:
    older = build_stage(StageCache(cache), "clusters", 0)
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    study = replace(study, settings=replace(study.settings, created=later))
    keeping = start(study, cache, Storage(10, MB // 2))
    keeping.look()
    assert older.exists() and not keeping.is_full


def test_the_disk_is_not_looked_at_all_the_time(
    study: StudyRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 60.0)
    keeping = start(study, cache, Storage(10, MB))
    keeping.look()
    leave_weights(study, 0, size=MB)
    keeping.look()
    assert not keeping.is_full
    keeping.look(at_once=True)
    assert keeping.is_full
