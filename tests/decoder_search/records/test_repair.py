"""Lines that nobody can read are dropped, nothing else is, and the file as it was is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.confirmations import ConfirmationLog, read_confirmations
from decoder_search.records.curves import read_reports
from decoder_search.records.journal import Journal
from decoder_search.records.lock import Lock
from decoder_search.records.repair import find_damage, repair_study
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core.errors import ConfigError

MakeTrial = Callable[..., TrialRecord]
FileLimit = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def folder(tmp_path: Path, make_settings: Callable[..., StudySettings], make_trial: MakeTrial) -> Path:
    """Line 1 says how the study started; lines 2 to 4 are trial 0, and so on for trials 1 and 2."""
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        for number in range(3):
            journal.started(Proposal(number, {"decoder.depth": 1 + number}))
            journal.reported(number, 1, {"mse": 0.1})
            journal.finished(make_trial(number, {"decoder.depth": 1 + number}))
    return tmp_path / "tiny"


def change(folder: Path, number: int, line: bytes | None) -> None:
    """Put another line in the place of one, or one before it where it is whole and `line` is garbage."""
    path = folder / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1 : number] = [] if line is None else [line]
    path.write_bytes(b"".join(lines))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_study_is_left_as_it_is(folder: Path) -> None:
    before = (folder / "trials.jsonl").read_bytes()
    damage, backups = repair_study(folder)
    assert (damage.broken, damage.consequences, backups) == ((), (), ())
    assert (folder / "trials.jsonl").read_bytes() == before
    assert names(folder) == ["lock", "trials.jsonl"]


@pytest.mark.parametrize(
    "garbage",
    [b"garbage\n", b"\x00" * 100 + b"\n", b"\n", b"[1]\n", b'{"event": "invented"}\n', b"gar\xffbage\n"],
)
def test_a_line_that_is_no_event_goes_and_the_rest_stays_to_the_byte(garbage: bytes, folder: Path) -> None:
    path, before = folder / "trials.jsonl", read_study(folder)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], garbage, *lines[3:]]))
    damaged = path.read_bytes()
    with pytest.raises(ConfigError, match="line 4 is no event of a study .*decoder-search repair tiny"):
        read_study(folder)

    damage, backups = repair_study(folder)
    assert [(line.file, line.number, line.trial) for line in damage.broken] == [("trials.jsonl", 4, None)]
    assert path.read_bytes() == whole
    assert [backup.name for backup in backups] == ["trials.jsonl.backup-1"]
    assert backups[0].read_bytes() == damaged
    assert read_study(folder) == before
    assert repair_study(folder)[1] == ()


def test_a_trial_whose_end_is_broken_is_named_and_runs_again(folder: Path, make_trial: MakeTrial) -> None:
    end = (folder / "trials.jsonl").read_bytes().splitlines()[6]
    change(folder, 7, end[: len(end) // 2] + b"\n")
    damage, _ = repair_study(folder)
    assert [(line.number, line.trial) for line in damage.broken] == [(7, 1)]
    assert damage.consequences == (
        "the end of trial 1 is not recorded; the next `decoder-search run` runs it again",
    )
    assert [trial.state for trial in read_study(folder).trials] == ["completed", "running", "completed"]


def test_a_trial_of_which_nothing_is_left_is_named(folder: Path) -> None:
    change(folder, 7, b'{"event": "finished", "trial": {"number": 1, \n')
    change(folder, 5, b'{"event": "started", "trial": {"number": 1, \n')
    damage, _ = repair_study(folder)
    (consequence,) = damage.consequences
    assert consequence.startswith("of trial 1 nothing is left")
    assert [trial.number for trial in read_study(folder).trials] == [0, 2]


def test_a_broken_report_costs_its_trial_nothing(folder: Path) -> None:
    before = read_study(folder)
    change(folder, 3, b'{"time": "2024-05-06T07:08:00", "event": "reported", "number": 0, "step": ?}\n')
    with pytest.raises(ConfigError, match="line 3 is no report of a trial .*decoder-search repair tiny"):
        read_reports(folder)
    damage, _ = repair_study(folder)
    assert [(line.number, line.trial) for line in damage.broken] == [(3, 0)]
    assert damage.consequences == ("trial 0 is completed, as recorded in another line",)
    assert read_study(folder) == before
    assert sorted(read_reports(folder)) == [1, 2]


def test_a_torn_last_line_is_told_and_cut_off(folder: Path) -> None:
    before = read_study(folder)
    with (folder / "trials.jsonl").open("ab") as file:
        file.write(b'{"event": "started", "trial": {"number": 3')
    damage, _ = repair_study(folder)
    assert [str(line) for line in damage.broken] == ["trials.jsonl, line 11, about trial 3: it is torn off"]
    assert read_study(folder) == before


def test_to_look_for_damage_changes_nothing(folder: Path) -> None:
    change(folder, 4, b"garbage\n")
    before = (folder / "trials.jsonl").read_bytes()
    assert len(find_damage(folder).broken) == 1
    assert (folder / "trials.jsonl").read_bytes() == before
    assert names(folder) == ["lock", "trials.jsonl"]


def test_a_second_repair_keeps_the_backup_of_the_first(folder: Path) -> None:
    for _ in range(2):
        change(folder, 3, b"garbage\n")
        repair_study(folder)
    assert names(folder) == ["lock", "trials.jsonl", "trials.jsonl.backup-1", "trials.jsonl.backup-2"]


def test_a_study_without_its_start_is_refused_and_left_as_it_is(folder: Path) -> None:
    change(folder, 1, b"garbage\n")
    before = (folder / "trials.jsonl").read_bytes()
    with pytest.raises(ConfigError, match="cannot be repaired; restore that file"):
        repair_study(folder)
    assert (folder / "trials.jsonl").read_bytes() == before
    assert names(folder) == ["lock", "trials.jsonl"]


def test_a_study_that_is_held_is_not_touched(folder: Path) -> None:
    change(folder, 4, b"garbage\n")
    before = (folder / "trials.jsonl").read_bytes()
    lock = Lock.take(folder)
    with pytest.raises(ConfigError, match="study 'tiny' is held by process"):
        repair_study(folder)
    lock.release()
    assert (folder / "trials.jsonl").read_bytes() == before


def test_a_confirmation_that_is_none_goes(
    folder: Path, make_trial: MakeTrial, make_confirmation: Callable[..., Any]
) -> None:
    with ConfirmationLog(folder) as log:
        for seed in (0, 1):
            log.append(make_confirmation(make_trial(0), seed))
    path, known = folder / "confirmed.jsonl", read_confirmations(folder)
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"trial": 0, "par\n' + second)
    with pytest.raises(ConfigError, match="line 2 is no confirmation .*decoder-search repair tiny"):
        read_study(folder)
    damage, backups = repair_study(folder)
    assert [(line.file, line.number, line.trial) for line in damage.broken] == [("confirmed.jsonl", 2, 0)]
    assert [backup.name for backup in backups] == ["confirmed.jsonl.backup-1"]
    assert read_confirmations(folder) == known


def test_without_room_for_a_backup_the_study_stays_as_it_is(
    folder: Path, files_of_at_most: FileLimit
) -> None:
    change(folder, 4, b"garbage\n")
    before = (folder / "trials.jsonl").read_bytes()
    with files_of_at_most(300), pytest.raises(ConfigError, match="cannot repair study 'tiny'") as refused:
        repair_study(folder)
    assert "\n" not in str(refused.value)
    assert (folder / "trials.jsonl").read_bytes() == before
    assert names(folder) == ["lock", "trials.jsonl"]


def test_what_a_killed_repair_left_is_removed_by_the_next_driver(
    folder: Path, make_settings: Callable[..., StudySettings]
) -> None:
    (folder / ".trials.unfinished-abcd1234.jsonl").write_bytes(os.urandom(10))
    Journal.open(folder, make_settings).close()
    assert names(folder) == ["lock", "trials.jsonl"]
