from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from decoder_search.analysis.export import export_trials, export_yaml
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.config_values import load_config
from encodenet_core.errors import ConfigError

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]

PARAMS = {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 2}


@pytest.fixture
def study(make_study: MakeStudy, make_trial: MakeTrial) -> StudyRecord:
    """Trial 2 is the best, trial 0 on the front with it, trial 3 behind it; trial 1 failed."""
    return make_study(
        [
            make_trial(0, accuracy=0.94, mse=0.02),
            make_trial(1, state="failed"),
            make_trial(2, PARAMS, accuracy=0.97, mse=0.06),
            make_trial(3, accuracy=0.93, mse=0.07),
        ]
    )


@pytest.mark.parametrize(("chosen", "numbers"), [("best", [2]), ("pareto", [2, 0]), ("3", [3]), ("003", [3])])
def test_trials_are_chosen_by_rank_by_front_or_by_number(
    chosen: str, numbers: list[int], study: StudyRecord
) -> None:
    assert [each.trial.number for each in export_trials(study, chosen)] == numbers


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("1", "trial 1 of study 'tiny' is failed; completed are 0, 2, 3"),
        ("40", "trial 40 of study 'tiny' does not exist; completed are 0, 2, 3"),
        ("first", "expected is best, pareto or the number"),
        ("-1", "expected is best, pareto or the number"),
        ("²", "expected is best, pareto or the number"),
    ],
)
def test_a_trial_that_cannot_be_exported_is_refused(chosen: str, said: str, study: StudyRecord) -> None:
    with pytest.raises(ConfigError) as refused:
        export_trials(study, chosen)
    assert said in str(refused.value)


def test_a_study_without_a_completed_trial_has_nothing_to_export(
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    with pytest.raises(ConfigError, match="study 'tiny' has no completed trial yet"):
        export_trials(make_study([make_trial(0, state="failed")]), "best")


def test_as_searched_the_file_holds_the_config_of_the_trial(study: StudyRecord, tmp_path: Path) -> None:
    path = tmp_path / "winner.yaml"
    for trial in export_trials(study, "pareto"):
        path.write_text(export_yaml(study, trial, as_searched=True), encoding="utf-8")
        assert load_config(path) == study.settings.space.to_config(trial.trial.params)


def test_else_the_file_holds_the_final_overrides_and_names_them(study: StudyRecord, tmp_path: Path) -> None:
    (best,) = export_trials(study, "best")
    text = export_yaml(study, best)
    path = tmp_path / "winner.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_config(path) == study.settings.space.to_config(PARAMS, final=True)
    assert "#   autoencoder.training.epochs: 2 -> 30\n" in text


def test_the_file_says_where_it_came_from(study: StudyRecord) -> None:
    (best,) = export_trials(study, "best")
    text = export_yaml(study, best)
    assert "from trial 2 of study 'tiny'" in text
    assert "accuracy 0.97" in text
    assert "seed 7" in text
    assert "source: digits" in text
    assert all(line.startswith("#") for line in text.split("\n\n")[0].splitlines())


def test_the_overrides_are_not_named_where_none_is_applied(study: StudyRecord) -> None:
    (best,) = export_trials(study, "best")
    assert "# The config is the trial's own.\n" in export_yaml(study, best, as_searched=True)
