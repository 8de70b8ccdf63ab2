from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from decoder_search.analysis.export import check_kept, export_trials, hand_over
from decoder_search.records.layout import weights_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core import ConfigError, load_config


@pytest.fixture
def study(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord], tmp_path: Path
) -> StudyRecord:
    """Trial 1 is the best and has kept its weights, trial 0 has not."""
    study = make_study([make_trial(0, accuracy=0.9), make_trial(1, accuracy=0.97)])
    study = replace(study, folder=tmp_path / "results" / "tiny")
    folder = weights_folder(study.folder, 1)
    folder.mkdir(parents=True)
    for name in ("config.yaml", "metrics.json", "encodenet.keras"):
        (folder / name).write_text(f"the {name} of the trial")
    return study


def test_the_models_are_copied_with_a_config_that_says_where_they_come_from(
    study: StudyRecord, tmp_path: Path
) -> None:
    (best,) = export_trials(study, "best")
    output = tmp_path / "new" / "winner"
    hand_over(study, best, output)
    assert sorted(path.name for path in output.parent.iterdir()) == ["winner"]
    assert {path.name for path in output.iterdir()} == {"config.yaml", "metrics.json", "encodenet.keras"}
    assert (output / "encodenet.keras").read_text() == "the encodenet.keras of the trial"
    assert load_config(output / "config.yaml") == study.settings.space.to_config(best.trial.params)
    said = (output / "config.yaml").read_text()
    assert said.startswith("# These models have never seen the test set, and had the search's own budget")
    assert "from trial 1 of study 'tiny'" in said


def test_a_folder_that_is_there_already_is_left_alone(study: StudyRecord, tmp_path: Path) -> None:
    (best,) = export_trials(study, "best")
    (tmp_path / "mine").mkdir()
    with pytest.raises(ConfigError, match="mine is there already; give another folder with --weights"):
        hand_over(study, best, tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(study: StudyRecord, tmp_path: Path) -> None:
    (best,) = export_trials(study, "best")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot write .*winner: .*; give another folder with --weights"):
        hand_over(study, best, tmp_path / "file" / "winner")


def test_a_trial_without_weights_is_refused_with_those_that_have_them(study: StudyRecord) -> None:
    with pytest.raises(ConfigError) as refused:
        check_kept(study, 0)
    assert str(refused.value) == (
        "trial 0 of study 'tiny' has not kept its weights; those of 1 are there; "
        "or train it: decoder-search export tiny --trial 0 --output FILE"
    )
    shutil.rmtree(weights_folder(study.folder, 1))
    with pytest.raises(ConfigError, match="no trial has, as with --keep-weights 0; or train it"):
        check_kept(study, 1)
