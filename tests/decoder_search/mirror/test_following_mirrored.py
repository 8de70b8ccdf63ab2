from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.following import mirrored
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord


@pytest.fixture
def study(
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> StudyRecord:
    study = make_study([make_trial(0)])
    return replace(study, folder=write_study(study, tmp_path))


def test_the_block_leaves_the_whole_study_in_the_mirror(study: StudyRecord, tmp_path: Path) -> None:
    said = list[str]()
    address = MirrorAddress.parse(str(tmp_path / "journal.log"), study.folder)
    with mirrored(address, study.folder, said.append):
        pass
    assert [summary.n_trials for summary in optuna.get_all_study_summaries(storage=address.open())] == [1]
    place = tmp_path / "journal.log"
    assert said == [f"mirror: optuna-dashboard {place} --artifact-dir {place}-artifacts"]


def test_a_mirror_that_cannot_be_reached_is_one_line_without_secrets(study: StudyRecord) -> None:
    said = list[str]()
    address = MirrorAddress.parse("nosuchdatabase://me:s3cret@host/x", study.folder)
    with mirrored(address, study.folder, said.append):
        pass
    assert len(said) == 2 and "s3cret" not in "".join(said)
    assert said[1].startswith("the mirror nosuchdatabase://***@host/x is not up to date (")
    assert said[1].endswith("); the study goes on without it")


def test_without_an_address_nothing_happens(study: StudyRecord) -> None:
    said = list[str]()
    with mirrored(None, study.folder, said.append):
        pass
    assert said == []
