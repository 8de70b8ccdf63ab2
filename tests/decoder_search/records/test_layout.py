from __future__ import annotations

from pathlib import Path

import pytest

from decoder_search.records.layout import trial_numbers, weights_folder, with_weights


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study whose trials 0 and 12 have weights, and in whose folder other things lie."""
    for number in (0, 12):
        weights_folder(tmp_path, number).mkdir(parents=True)
        (weights_folder(tmp_path, number) / "encodenet.keras").write_bytes(b"model")
    (tmp_path / "trials" / "3").mkdir()
    (tmp_path / "trials" / "notes").mkdir()
    return tmp_path


def test_trials_and_those_with_weights_are_found_by_their_folders(study: Path) -> None:
    assert sorted(trial_numbers(study)) == [0, 3, 12]
    assert sorted(with_weights(study)) == [0, 12]


def test_a_study_without_trials_has_none(tmp_path: Path) -> None:
    assert list(with_weights(tmp_path)) == []
