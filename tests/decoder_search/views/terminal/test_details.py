from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from decoder_search.cli.spaces import build_spaces
from decoder_search.records.layout import weights_folder
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parsing import load_space
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.details import build_details, trial_details
from encodenet_core.errors import ConfigError

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]


def lines(shown: RenderableType) -> list[str]:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(shown)
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_a_completed_trial_is_shown_with_its_rank_its_params_and_what_it_measured(
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    shown = lines(build_details(make_study([make_trial(0, accuracy=0.97), make_trial(1, mse=0.06)]), 1))
    assert shown[0] == "trial 1 of study tiny: completed, rank 2, Pareto layer 2"
    assert shown[2:4] == ["decoder.depth 1", "clustering.method hdbscan"]
    assert "accuracy 0.96" in shown
    assert "decoder_parameters 12,345" in shown
    assert "duration 12s" in shown


def test_a_trial_that_did_not_complete_is_shown_with_its_reason_and_without_a_rank(
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    shown = lines(build_details(make_study([make_trial(0, state="infeasible")]), 0))
    assert shown[0] == "trial 0 of study tiny: infeasible"
    assert shown[-1] == "reason class 7 has 3 images"


def test_the_files_of_a_trial_come_last_each_by_its_whole_path(
    make_study: MakeStudy, make_trial: MakeTrial, tmp_path: Path
) -> None:
    folder = tmp_path / "study [bold]"
    (folder / "trials" / "0").mkdir(parents=True)
    for name in ("reconstructions.png", "curves.json"):
        (folder / "trials" / "0" / name).touch()
    study = replace(make_study([make_trial(0)]), folder=folder)
    files = [str(folder / "trials" / "0" / name) for name in ("curves.json", "reconstructions.png")]
    assert "".join(lines(build_details(study, 0))).endswith("".join(files))


def test_a_completed_trial_says_whether_its_weights_are_kept(
    make_study: MakeStudy, make_trial: MakeTrial, tmp_path: Path
) -> None:
    study = replace(make_study([make_trial(0), make_trial(1)]), folder=tmp_path)
    weights_folder(tmp_path, 1).mkdir(parents=True)
    assert "weights not kept" in lines(build_details(study, 0))
    assert "weights kept" in lines(build_details(study, 1))
    assert trial_details(study, 0)["weights"] is None
    assert trial_details(study, 1)["weights"] == str(tmp_path / "trials" / "1" / "weights")


def test_brackets_in_params_are_no_markup(make_study: MakeStudy, make_trial: MakeTrial) -> None:
    trial = make_trial(0, {"embedding.weights": "/data/[/x]/[red]weights.h5"})
    assert "embedding.weights /data/[/x]/[red]weights.h5" in lines(build_details(make_study([trial]), 0))


def test_a_trial_that_is_not_there_is_refused(make_study: MakeStudy, make_trial: MakeTrial) -> None:
    with pytest.raises(ConfigError, match="study 'tiny' has no trial 2; it has 2, counted from 0"):
        build_details(make_study([make_trial(0), make_trial(1)]), 2)


def test_spaces_are_listed_with_what_they_search_and_what_they_are_for(
    make_space: Callable[[], SearchSpace],
) -> None:
    space = replace(make_space(), description="Widths [a, b] [/c].")
    shown = "\n".join(lines(build_spaces([space, load_space("digits")])))
    assert "tiny" in shown and "Widths [a, b] [/c]." in shown
    assert all(parameter.path in shown for parameter in (*space.parameters, *load_space("digits").parameters))
