from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from decoder_search.records.journal import Journal, RecordError
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core.errors import ConfigError, EncodeNetError

FileLimit = Callable[[int], AbstractContextManager[None]]

MakeSettings = Callable[..., StudySettings]
MakeTrial = Callable[..., TrialRecord]

APPEND_FOREVER = """
import itertools, sys
from pathlib import Path
from decoder_search.records.journal import Journal
journal = Journal.open(Path(sys.argv[1]), lambda: None)
for step in itertools.count():
    journal.reported(0, step, {"mse": 0.5})
    print(step, flush=True)
"""


def never() -> StudySettings:
    raise AssertionError("the study is there already")


def test_a_study_goes_on_where_it_was(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.finished(make_trial(0))
    with Journal.open(tmp_path / "tiny", never) as journal:
        journal.finished(make_trial(1))
    assert [trial.number for trial in read_study(tmp_path / "tiny").trials] == [0, 1]


def test_a_trial_started_again_replaces_its_earlier_start(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.started(Proposal(0, {"decoder.depth": 1}))
        journal.started(Proposal(0, {"decoder.depth": 1}), attempt=2)
    (trial,) = read_study(tmp_path / "tiny").trials
    assert (trial.state, trial.attempts) == ("running", 2)


def test_the_last_word_on_a_trial_counts(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    failed = make_trial(0, state="failed")
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.started(Proposal(0, {}))
        journal.finished(failed)
    assert read_study(tmp_path / "tiny").trials == (failed,)


def test_a_torn_last_line_is_cut_off_before_the_next_event(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    Journal.open(tmp_path / "tiny", make_settings).close()
    with (tmp_path / "tiny" / "trials.jsonl").open("ab") as file:
        file.write(b'{"event": "finished", "trial"')
    with Journal.open(tmp_path / "tiny", never) as journal:
        journal.finished(make_trial(0))
    assert read_study(tmp_path / "tiny").trials == (make_trial(0),)


def test_a_study_whose_first_line_was_torn_starts_anew(tmp_path: Path, make_settings: MakeSettings) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "trials.jsonl").write_text('{"event": "crea')
    Journal.open(folder, make_settings).close()
    assert read_study(folder).settings == make_settings()


def test_a_study_that_is_open_is_held(tmp_path: Path, make_settings: MakeSettings) -> None:
    with (
        Journal.open(tmp_path / "tiny", make_settings),
        pytest.raises(ConfigError, match="study 'tiny' is held by process"),
    ):
        Journal.open(tmp_path / "tiny", never)
    assert read_study(tmp_path / "tiny").settings == make_settings()


def test_a_driver_that_is_killed_while_it_writes_loses_no_event(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    Journal.open(tmp_path / "tiny", make_settings).close()
    command = [sys.executable, "-c", APPEND_FOREVER, str(tmp_path / "tiny")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.kill()
        told = 20 + len(process.stdout.readlines())
    Journal.open(tmp_path / "tiny", never).close()
    events = (tmp_path / "tiny" / "trials.jsonl").read_text().splitlines()
    assert read_study(tmp_path / "tiny").settings == make_settings()
    assert sum('"reported"' in event for event in events) >= told - 1


def test_a_study_that_cannot_be_created_leaves_nothing(tmp_path: Path) -> None:
    def refuse() -> StudySettings:
        raise ConfigError("no such dataset")

    with pytest.raises(ConfigError, match="no such dataset"):
        Journal.open(tmp_path / "tiny", refuse)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_keeps_them_where_no_study_came_of_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    def refuse() -> StudySettings:
        raise ConfigError("no such dataset")

    with pytest.raises(ConfigError):
        Journal.open(tmp_path, refuse)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_full_disk_is_one_line_and_leaves_no_half_of_a_study(
    tmp_path: Path, make_settings: MakeSettings, files_of_at_most: FileLimit
) -> None:
    with files_of_at_most(300), pytest.raises(RecordError, match="cannot write study 'tiny'") as refused:
        Journal.open(tmp_path / "tiny", make_settings)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_events_before_whole(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial, files_of_at_most: FileLimit
) -> None:
    path = tmp_path / "tiny" / "trials.jsonl"
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        before = path.read_bytes()
        with files_of_at_most(len(before) + 50), pytest.raises(RecordError, match="make room there"):
            journal.finished(make_trial(0))
        assert path.read_bytes() == before
        journal.finished(make_trial(0))
    assert read_study(tmp_path / "tiny").trials == (make_trial(0),)


@pytest.mark.parametrize("place", ["file/tiny", "file"])
def test_results_that_are_no_folder_are_one_line(
    place: str, tmp_path: Path, make_settings: MakeSettings
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EncodeNetError, match="cannot write study"):
        Journal.open(tmp_path / place, make_settings)


def test_what_no_reader_could_use_is_not_written(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        with pytest.raises(ValueError, match="not finite"):
            journal.finished(make_trial(0, mse=float("nan")))
        with pytest.raises(ValueError, match="completed without mse"):
            journal.finished(replace(make_trial(0), metrics={}))
        with pytest.raises(ValueError, match="JSON"):
            journal.reported(0, 1, {"mse": float("inf")})
    assert read_study(tmp_path / "tiny").trials == ()


def test_events_say_how_long_their_driver_has_worked(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.opened({}, 1)
        journal.reported(0, 1, {"mse": 0.5})
        journal.finished(make_trial(0))
    created, *others = map(json.loads, (tmp_path / "tiny" / "trials.jsonl").read_text().splitlines())
    assert "elapsed" not in created
    elapsed = [event["elapsed"] for event in others]
    assert elapsed == sorted(elapsed) and 0 <= elapsed[0] < 5
    assert read_study(tmp_path / "tiny").seconds_used == elapsed[-1]
