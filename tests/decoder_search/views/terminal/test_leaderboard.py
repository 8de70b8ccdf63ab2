from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from decoder_search.analysis.rows import LeaderboardOptions, leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parameters import ChoiceParameter
from decoder_search.space.parsing import load_space
from decoder_search.views.terminal.leaderboard import build_leaderboard

MakeStudy = Callable[..., StudyRecord]
MakeTrial = Callable[..., TrialRecord]


def printed(renderable: Any, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


@pytest.fixture(scope="module")
def digits_study(make_study: MakeStudy, make_trial: MakeTrial) -> StudyRecord:
    """200 trials of the packaged digits space, every tenth infeasible."""
    space = load_space("digits")
    trials = []
    for number in range(200):
        params: dict[str, Any] = {}
        for place, parameter in enumerate(space.parameters):
            if space.is_active(parameter, params):
                examples = parameter.examples()
                params[parameter.path] = examples[number // (place + 1) % len(examples)]
        state = "infeasible" if number % 10 == 9 else "completed"
        measured = {"accuracy": 0.93 + number * 37 % 50 / 1000, "mse": 0.02 + number * 41 % 70 / 1000}
        trials.append(make_trial(number, params, state, **measured))
    study = make_study(trials, name="digits")
    return replace(study, settings=replace(study.settings, space=space))


@pytest.mark.parametrize("width", [80, 110, 200])
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_cut(width: int, digits_study: StudyRecord) -> None:
    text = printed(build_leaderboard(digits_study, LeaderboardOptions(top=20)), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize(("width", "n_tables"), [(80, 2), (200, 1)])
def test_params_stand_beside_or_below_the_measurements(
    width: int, n_tables: int, digits_study: StudyRecord
) -> None:
    text = printed(build_leaderboard(digits_study), width)
    assert sum("trial" in line and "#" in line for line in text.splitlines()) == n_tables


def test_what_must_be_known_to_read_the_table_is_said(digits_study: StudyRecord) -> None:
    text = printed(build_leaderboard(digits_study), 160)
    assert "Study digits: 180 completed, 20 infeasible" in text
    assert "the baseline (95.00 %)" in text
    assert "the baseline trained on, for what the dearest trial costs (95.50 %)" in text
    assert "mse compares rows of one clustering only" in text
    assert "trial 9 infeasible: class 7 has 3 images" in text


def test_rows_within_one_standard_error_are_said_to_be_tied(
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    accuracies = (0.960, 0.955, 0.90)
    study = make_study([make_trial(number, accuracy=each) for number, each in enumerate(accuracies)])
    assert "Ranks 1 to 2 do not differ by more than one standard error." in printed(
        build_leaderboard(study), 160
    )
    alone = make_study([make_trial(number, accuracy=each) for number, each in enumerate((0.96, 0.80))])
    assert "do not differ" not in printed(build_leaderboard(alone), 160)


@pytest.mark.parametrize(("searched", "said"), [("embedding.extractor", True), ("decoder.depth", False)])
def test_errors_are_said_to_compare_within_a_clustering_where_several_are_searched(
    searched: str, said: bool, make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    choices = {"embedding.extractor": ("baseline", "pixels"), "decoder.depth": (1, 2)}[searched]
    study = make_study([make_trial(number, {searched: each}) for number, each in enumerate(choices)])
    space = replace(study.settings.space, parameters=(ChoiceParameter(searched, choices),))
    study = replace(study, settings=replace(study.settings, space=space))
    assert ("mse compares rows of one clustering" in printed(build_leaderboard(study), 160)) is said


@pytest.mark.parametrize("width", [80, 200])
def test_groups_are_labelled_above_their_first_row(width: int, digits_study: StudyRecord) -> None:
    lines = [
        line.strip()
        for line in printed(
            build_leaderboard(digits_study, LeaderboardOptions(by_clustering=True)), width
        ).splitlines()
    ]
    labels = [line for line in lines if line.startswith(("kmeans, ", "cosine, ", "hdbscan, "))]
    n_tables = sum("trial" in line and "#" in line for line in lines)
    assert len(labels) == n_tables * len(set(labels)) == n_tables * 9
    assert lines[lines.index(labels[0]) + 1].startswith("1 ")
    assert "not ranked" in lines


def test_a_study_without_trials_has_a_leaderboard(make_study: MakeStudy) -> None:
    text = printed(build_leaderboard(make_study([], prepared=False)), 100)
    assert "Study tiny: no trials yet" in text


def test_a_confirmed_trial_is_marked_beside_its_number(
    make_study: MakeStudy, make_trial: MakeTrial, make_confirmation: Callable[..., Any]
) -> None:
    trials = [make_trial(0, {"decoder.depth": 2}), make_trial(1)]
    confirmed = tuple(make_confirmation(trials[1], seed, 0.94 + seed / 100) for seed in (0, 1, 2))
    text = printed(build_leaderboard(replace(make_study(trials), confirmations=confirmed)), 160)
    (line,) = (line for line in text.splitlines() if "✓95.00" in line)
    assert line.split()[:2] == ["2", "1"]
    assert "✓ confirmed: mean validation accuracy over seeds at the final budget" in text
    assert "✓" not in printed(build_leaderboard(make_study(trials)), 160)


def test_what_looks_like_markup_is_shown_as_it_is(make_study: MakeStudy, make_trial: MakeTrial) -> None:
    trial = replace(make_trial(0, state="failed"), reason="[red]\x1b[2Jno [/red] such\nlayer")
    text = printed(build_leaderboard(make_study([trial])), 160)
    assert "trial 0 failed: [red][2Jno [/red] such layer" in text


def test_pruned_trials_are_dimmed_under_the_ranked_ones_without_a_line_each(
    make_study: MakeStudy, make_trial: MakeTrial, make_pruned: MakeTrial
) -> None:
    board = build_leaderboard(make_study([make_pruned(0), make_trial(1), make_pruned(2)]))
    text = printed(board, 160)
    assert "Study tiny: 1 completed, 2 pruned" in text
    assert "probe: pruned, with the last values before" in text
    assert "trial 0 pruned" not in text
    console = Console(width=160, file=io.StringIO(), force_terminal=True)
    with console.capture() as capture:
        console.print(board)
    (line,) = (line for line in capture.get().splitlines() if "88.00 probe" in line and " 0 " in line)
    assert line.startswith("\x1b[2m")


@pytest.mark.parametrize(
    ("objective", "numbers", "star", "title"),
    [
        ("both", [1, 0, 2], "★ Pareto front", "Study tiny: 3"),
        ("accuracy", [1, 2, 0], "★ highest accuracy", "Study tiny for accuracy: 3"),
        ("reconstruction", [0, 1, 2], "★ lowest mse", "Study tiny for mse: 3"),
    ],
)
def test_title_and_notes_say_what_is_ranked_on(
    objective: Any, numbers: list[int], star: str, title: str, make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    measured = [(0.90, 0.01), (0.96, 0.03), (0.955, 0.04)]
    trials = [make_trial(number, accuracy=each[0], mse=each[1]) for number, each in enumerate(measured)]
    study = make_study(trials)
    study = replace(study, settings=replace(study.settings, objective=objective))
    text = printed(build_leaderboard(study), 160)
    assert star in text and title in text
    assert ("alone, which this study optimises" in text) is (objective != "both")
    assert ("do not differ by more than one standard error" in text) is (objective == "accuracy")
    assert [row["trial"] for row in leaderboard_rows(study)] == numbers


@pytest.mark.parametrize("width", [80, 200])
def test_5_000_trials_are_shown_in_less_than_a_second(width: int, digits_study: StudyRecord) -> None:
    trials = [
        replace(trial, number=number * 25 + place, metrics=trial.metrics | {"cross_entropy": place})
        for number, trial in enumerate(digits_study.trials)
        for place in range(25)
    ]
    start = time.process_time()
    text = printed(build_leaderboard(replace(digits_study, trials=tuple(trials))), width)
    assert time.process_time() - start < 1.0
    assert text.count("\n") > 5000


def test_a_leaderboard_loads_neither_a_sampler_nor_anything_that_trains() -> None:
    names = ("keras", "tensorflow", "sklearn", "optuna", "keras_tuner", "numpy")
    program = (
        "import sys, decoder_search.views.terminal.leaderboard;"
        "import decoder_search.analysis.export, decoder_search.records.journal;"
        f"sys.exit(any(name in sys.modules for name in {names!r}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
