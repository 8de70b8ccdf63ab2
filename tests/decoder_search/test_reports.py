from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from decoder_search.journal import Journal
from decoder_search.records import Proposal, read_study
from decoder_search.reports import read_reports
from decoder_search.settings import StudySettings


def test_curves_are_what_the_latest_attempt_measured(
    tmp_path: Path, make_settings: Callable[..., StudySettings]
) -> None:
    with Journal.open(tmp_path / "tiny", make_settings) as journal:
        journal.opened()
        for attempt in (1, 2):
            journal.started(Proposal(0, {"decoder.depth": 1}), attempt)
            for epoch in range(1, 4 - attempt):
                journal.reported(0, epoch, {"loss": attempt / epoch})
        journal.reported(3, 1, {"loss": 0.5, "mse": 0.25})
    curves = read_reports(tmp_path / "tiny")
    assert curves == {0: {1: {"loss": 2.0}, 2: {"loss": 0.5}}, 3: {1: {"loss": 0.5, "mse": 0.25}}}
    assert len(read_study(tmp_path / "tiny").trials) == 1
