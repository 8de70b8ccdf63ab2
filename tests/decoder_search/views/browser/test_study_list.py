from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.views.browser.study_list import age, glance, study_columns, summarise

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]
MakeSettings = Callable[..., StudySettings]


@pytest.fixture
def folder(
    tmp_path: Path, make_study: MakeStudy, make_trial: MakeTrial, write_study: Callable[..., Path]
) -> Path:
    trials = [
        make_trial(0, accuracy=0.96, mse=0.05, retrieval=0.8),
        make_trial(1, accuracy=0.94, mse=0.02, retrieval=0.9),
        make_trial(2, state="failed"),
    ]
    return write_study(make_study(trials), tmp_path)


def shown(folder: Path) -> dict[str, str]:
    row = summarise(folder).row
    now = row["modified"] + 7200
    return {column.header.replace("\n", " "): column.show(row) for column in study_columns(now)}


def test_a_study_is_summed_up_by_its_best_values(folder: Path) -> None:
    assert shown(folder) == {
        "study": "tiny",
        "state": "done",
        "trials": "3",
        "changed": "2h ago",
        "best % ↑": "96.00",
        "by trial": "0",
        "best mse ↓": "0.0200",
        "best retr. %": "90.0",
        "front": "2",
    }


def test_a_study_of_more_trials_than_have_finished_has_stopped_unless_a_process_holds_it(
    tmp_path: Path, make_settings: MakeSettings, make_trial: MakeTrial
) -> None:
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.opened({"engine": "optuna"}, 5)
        journal.started(Proposal(0, {"decoder.depth": 1}))
        journal.finished(make_trial(0))
        assert read_study(tmp_path / "tiny").n_trials == 5
        assert summarise(tmp_path / "tiny").standing == "running"
    assert summarise(tmp_path / "tiny").standing == "stopped"
    assert shown(tmp_path / "tiny")["trials"] == "1/5"


def test_a_study_without_trials_is_empty_and_blank(
    tmp_path: Path, make_study: MakeStudy, write_study: Callable[..., Path]
) -> None:
    cells = shown(write_study(make_study([]), tmp_path))
    assert (cells.pop("study"), cells.pop("state"), cells.pop("trials")) == ("tiny", "empty", "0")
    assert set(cells.values()) - {"2h ago"} == {""}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"event": "created", "format": 99, "settings": {}}\n', "a newer decoder-search wrote this study"),
        (b'{"event": "dreamt"}\n', "line 1 is no event of a study"),
        (b"", "does not start a study"),
        (None, "No such file"),
    ],
)
def test_a_study_that_cannot_be_read_says_why(content: Any, problem: str, folder: Path) -> None:
    path = folder / "trials.jsonl"
    path.unlink() if content is None else path.write_bytes(content)
    summary = summarise(folder)
    assert summary.standing == "unreadable"
    assert problem in summary.problem
    assert "\n" not in summary.problem
    assert (shown(folder)["state"], shown(folder)["trials"]) == ("unreadable", "")


def test_a_glance_knows_the_name_and_the_age_alone(folder: Path) -> None:
    seen = glance(folder)
    assert (seen.standing, seen.modified) == ("reading", (folder / "trials.jsonl").stat().st_mtime)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "now"), (59, "now"), (60, "1m ago"), (3599, "59m ago"), (7300, "2h ago"), (200_000, "2d ago")],
)
def test_ages_are_told_in_one_unit(seconds: float, said: str) -> None:
    assert age(seconds) == said
