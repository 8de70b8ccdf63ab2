from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.curves import read_curve, read_losses, read_reports
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord
from encodenet_core.errors import ConfigError


@pytest.fixture
def folder(
    tmp_path: Path, make_settings: Callable[..., StudySettings], make_trial: Callable[..., TrialRecord]
) -> Path:
    """Trial 0 reported twice and was tried again, trial 1 once, trial 2 never."""
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.started(Proposal(0, {"decoder.depth": 1}))
        journal.reported(0, 1, {"mse": 0.3})
        journal.reported(0, 2, {"mse": 0.2, "probe_accuracy": 0.5})
        journal.started(Proposal(1, {"decoder.depth": 2}))
        journal.reported(1, 1, {"mse": 0.1})
        journal.started(Proposal(0, {"decoder.depth": 1}), attempt=2)
        journal.reported(0, 2, {"mse": 0.25})
        journal.reported(0, 3, {"mse": 0.15})
        journal.finished(make_trial(0))
        journal.finished(make_trial(2))
    return tmp_path / "tiny"


def test_every_trial_has_its_curve_and_a_later_attempt_replaces_what_it_measured_again(folder: Path) -> None:
    assert read_reports(folder) == {
        0: {1: {"mse": 0.3}, 2: {"mse": 0.25}, 3: {"mse": 0.15}},
        1: {1: {"mse": 0.1}},
    }


def test_a_torn_report_at_the_end_is_skipped(folder: Path) -> None:
    before = read_reports(folder)
    with (folder / "trials.jsonl").open("ab") as file:
        file.write(b'{"time": "now", "event": "reported", "number": 0, "st')
    assert read_reports(folder) == before


@pytest.mark.parametrize(
    "rest", [b'"number": 0', b'"number": 0, "step": 1}', b'"number": [], "step": 1, "values": {}}']
)
def test_a_report_that_is_none_is_refused_with_its_line(rest: bytes, folder: Path) -> None:
    path = folder / "trials.jsonl"
    first, others = path.read_bytes().split(b"\n", 1)
    path.write_bytes(first + b'\n{"time": "now", "event": "reported", ' + rest + b"\n" + others)
    with pytest.raises(ConfigError, match=r"trials\.jsonl, line 2 is no report") as refused:
        read_reports(folder)
    assert "\n" not in str(refused.value)


def test_a_study_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read study 'none'"):
        read_reports(tmp_path / "none")


def test_the_curve_of_one_trial_is_that_among_all(folder: Path) -> None:
    assert {number: read_curve(folder, number) for number in (0, 1)} == read_reports(folder)
    assert read_curve(folder, 2) == {}


def test_a_param_that_looks_like_a_report_is_none(folder: Path, make_settings: Callable[..., Any]) -> None:
    reported = '"event": "reported", "number": 7, "step": 1'
    with Journal.open(folder, make_settings) as journal:
        journal.started(Proposal(7, {"dataset.source": reported}))
    assert read_curve(folder, 7) == {}


def test_the_losses_of_a_completed_trial_are_those_of_its_stages(folder: Path) -> None:
    trial = folder / "trials" / "0"
    trial.mkdir(parents=True)
    (trial / "curves.json").write_text('{"autoencoder": [0.3, 0.2], "classifier": [1]}')
    assert read_losses(folder, 0) == {"autoencoder": [0.3, 0.2], "classifier": [1.0]}


@pytest.mark.parametrize("content", [None, "{", "[1]", '{"autoencoder": 3}', '{"autoencoder": ["much"]}'])
def test_losses_that_cannot_be_read_are_none(content: str | None, folder: Path) -> None:
    if content is not None:
        (folder / "trials" / "0").mkdir(parents=True)
        (folder / "trials" / "0" / "curves.json").write_text(content)
    assert read_losses(folder, 0) == {}
