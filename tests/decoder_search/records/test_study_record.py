from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core.errors import ConfigError

MakeSettings = Callable[..., StudySettings]
MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def study_folder(tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial) -> Path:
    """A study of one completed and one running trial."""
    folder = tmp_path / "tiny"
    with Journal.open(folder, make_settings) as journal:
        journal.prepared(StudyFacts(baseline_accuracy=0.95))
        journal.started(Proposal(0, {"decoder.depth": 1}))
        journal.reported(0, 1, {"mse": 0.1})
        journal.finished(make_trial(0))
        journal.started(Proposal(1, {"decoder.depth": 2}, {"draw": 3}))
    return folder


def test_a_study_is_read_as_it_was_written(
    study_folder: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    study = read_study(study_folder)
    assert (study.folder, study.settings) == (study_folder, make_settings())
    assert study.facts == StudyFacts(baseline_accuracy=0.95)
    running = TrialRecord(1, {"decoder.depth": 2}, "running", sampler_state={"draw": 3})
    assert study.trials == (make_trial(0), running)


def test_how_often_params_came_before_is_not_read(study_folder: Path) -> None:
    before, path = read_study(study_folder), study_folder / "trials.jsonl"
    first, *others = (json.loads(line) for line in path.read_text().splitlines())
    first["settings"]["replicate"] = False
    for event in others:
        event.get("trial", {})["replicate"] = 1
    path.write_text("".join(json.dumps(event) + "\n" for event in [first, *others]))
    assert read_study(study_folder) == before


def test_what_trials_reported_is_not_decoded(study_folder: Path) -> None:
    before, path = read_study(study_folder), study_folder / "trials.jsonl"
    first, *others = path.read_bytes().splitlines(keepends=True)
    (reported,) = (line for line in others if b"reported" in line)
    path.write_bytes(first + reported[:70] + b" and no JSON\n" + b"".join(others))
    assert read_study(study_folder) == before


def test_the_time_of_a_killed_driver_counts_up_to_the_last_report(study_folder: Path) -> None:
    with (study_folder / "trials.jsonl").open("a") as file:
        for event in (
            '"opened", "elapsed": 0.0',
            '"reported", "number": 1, "step": 1, "values": {}, "elapsed": 7.0',
        ):
            file.write(f'{{"time": "2024-05-06T07:08:00.000+00:00", "event": {event}}}\n')
    assert read_study(study_folder).seconds_used == 7.0


@pytest.mark.parametrize(
    "torn", [b'{"event": "fin', b"\x00\x00\x00", b'{"event": "finished"}', b"gar\xffbage\n"]
)
def test_a_torn_last_line_is_skipped(torn: bytes, study_folder: Path) -> None:
    before = read_study(study_folder)
    with (study_folder / "trials.jsonl").open("ab") as file:
        file.write(torn)
    assert read_study(study_folder) == before


def test_every_cut_of_a_study_is_read_or_refused_in_one_line(study_folder: Path) -> None:
    path = study_folder / "trials.jsonl"
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        if length > content.index(b"\n"):
            assert read_study(study_folder).settings.name == "tiny"
        else:
            with pytest.raises(ConfigError, match="does not start a study"):
                read_study(study_folder)


@pytest.mark.parametrize(
    "line",
    [
        "garbage",
        "[]",
        "{}",
        '{"event": "invented"}',
        '{"event": "prepared", "facts": {"accuracy": NaN}}',
        '{"event": "started", "trial": {"number": 1}}',
        '{"event": "finished", "trial": {"number": 1, "params": {}, "state": "done"}}',
        '{"event": "finished", "trial": {"number": 1, "params": {}, "state": "completed"}}',
        "",
        "[" * 100_000,
    ],
    ids=lambda line: line[:40],
)
def test_garbage_before_the_last_line_is_refused_with_file_and_line(line: str, study_folder: Path) -> None:
    path = study_folder / "trials.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], line, *lines[2:]]) + "\n")
    with pytest.raises(ConfigError) as refused:
        read_study(study_folder)
    assert f"{path}, line 3 is no event" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_study_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read study 'none'"):
        read_study(tmp_path / "none")


def test_the_events_are_json_with_a_time(study_folder: Path) -> None:
    events = [json.loads(line) for line in (study_folder / "trials.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events] == [
        "created",
        "prepared",
        "started",
        "reported",
        "finished",
        "started",
    ]
    assert all(event["time"].endswith("+00:00") for event in events)
