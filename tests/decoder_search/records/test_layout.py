from __future__ import annotations

from pathlib import Path

from decoder_search.records.layout import trial_numbers, with_weights


def test_trials_and_those_with_weights_are_found_by_their_folders(study_with_weights: Path) -> None:
    assert sorted(trial_numbers(study_with_weights)) == [0, 3, 12]
    assert sorted(with_weights(study_with_weights)) == [0, 12]


def test_a_study_without_trials_has_none(tmp_path: Path) -> None:
    assert list(with_weights(tmp_path)) == []
