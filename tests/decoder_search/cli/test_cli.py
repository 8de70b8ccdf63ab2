"""`decoder-search` as a user runs it: each command in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parsing import load_space
from encodenet_core.config_values import load_config

Command = Callable[..., Any]

COMMANDS = (
    *("run", "leaderboard", "show", "spaces", "export", "compare", "importance", "confirm"),
    *("browse", "dashboard", "plot", "report"),
)


def test_the_help_names_every_command(decoder_search: Command) -> None:
    shown = decoder_search("--help")
    assert shown.exit_code == 0
    assert all(command in shown.output for command in COMMANDS)
    assert "Usage" in decoder_search().output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(command: str, decoder_search: Command) -> None:
    shown = decoder_search(command, "--help")
    assert shown.exit_code == 0
    assert f"Usage: -c {command}" in " ".join(shown.output.split())


@pytest.mark.parametrize("named", [["--seed", "7"], ["--set", "seed=7"], []])
def test_the_seed_is_the_one_given_or_else_that_of_the_space(
    named: list[str], decoder_search: Command, tmp_path: Path, write_study: Command, study: StudyRecord
) -> None:
    space = tmp_path / "seeded.yaml"
    space.write_text(f"decoder.depth: {{int: [1, 3]}}\nseed: {5 if named else 7}\n")
    searched = load_space(str(space)).with_constants({"seed": 7})
    settings = replace(study.settings, name="seeded", space=searched, seed=7)
    write_study(replace(study, settings=settings), tmp_path / "results")

    went_on = decoder_search("run", "seeded.yaml", "--trials", 1, "--pruner", "none", *named)
    assert (went_on.exit_code, went_on.errors) == (0, "")


def test_what_to_do_next_is_said_only_where_a_trial_can_be_exported(
    decoder_search: Command, tmp_path: Path, write_study: Command, study: StudyRecord
) -> None:
    space = tmp_path / "ended.yaml"
    space.write_text("decoder.depth: {int: [1, 3]}\nseed: 7\n")
    settings = replace(study.settings, name="ended", space=load_space(str(space)), seed=7)
    ended = replace(study, settings=settings)
    for name, trials in {"good": study.trials, "bad": study.trials[1:2]}.items():
        named = replace(ended, settings=replace(settings, name=name), trials=trials)
        write_study(named, tmp_path / "results")
        run = decoder_search("run", space, "--study", name, "--trials", 1, "--pruner", "none")
        assert (run.exit_code, run.errors) == (0, "")
        assert ("Next: decoder-search confirm" in run.output) is (name == "good")


def test_a_name_of_a_dataset_is_no_path_and_a_path_is_recorded_absolute(
    decoder_search: Command, tmp_path: Path, write_study: Command, study: StudyRecord
) -> None:
    space = tmp_path / "sourced.yaml"
    space.write_text("decoder.depth: {int: [1, 3]}\n")
    for name in ("digits", "pictures"):
        (tmp_path / name).mkdir()
    for source, recorded in {"digits": "digits", "pictures": str(tmp_path / "pictures")}.items():
        searched = load_space(str(space)).with_constants({"seed": 0, "dataset.source": recorded})
        settings = replace(study.settings, name=source, space=searched, seed=0)
        write_study(replace(study, settings=settings), tmp_path / "results")
        options = ("--study", source, "--data", source, "--trials", 1, "--pruner", "none")
        went_on = decoder_search("run", space, *options)
        assert (went_on.exit_code, went_on.errors) == (0, "")


def test_a_trial_is_shown_in_full(decoder_search: Command, study: StudyRecord) -> None:
    shown = decoder_search("show", "tiny", "2")
    assert (shown.exit_code, shown.errors) == (0, "")
    assert "trial 2 of study tiny: completed, rank 1, Pareto layer 1" in shown.output
    assert "clustering.n_clusters" in shown.output


def test_studies_are_compared_as_tables_or_json(
    decoder_search: Command, study: StudyRecord, write_study: Command, tmp_path: Path
) -> None:
    other = replace(study, settings=replace(study.settings, name="other"), trials=study.trials[:1])
    write_study(other, tmp_path / "results")
    shown = decoder_search("compare", "tiny", "other")
    assert (shown.exit_code, shown.errors) == (0, "")
    assert "hyper-" in shown.output and "epochs to 95%" in shown.output
    read = json.loads(decoder_search("compare", "tiny", "other", "--json").output)
    assert [each["best"]["trial"] for each in read["studies"]] == [2, 0]


def test_what_mattered_is_a_table_or_json_and_computed_without_keras(
    decoder_search: Command,
    study: StudyRecord,
    write_study: Command,
    tmp_path: Path,
    make_trial: Callable[..., TrialRecord],
) -> None:
    trials = [make_trial(n, {"decoder.depth": n % 3 + 1}, accuracy=0.9 + n % 3 / 100) for n in range(9)]
    enough = replace(study, settings=replace(study.settings, name="enough"), trials=tuple(trials))
    write_study(enough, tmp_path / "results")
    shown = decoder_search("importance", "enough")
    assert (shown.exit_code, shown.errors) == (0, "")
    assert "what mattered in 9 completed trials" in shown.output
    assert "optuna" in shown.loaded
    assert not {"keras", "sklearn", "tensorflow", "keras_tuner"}.intersection(shown.loaded)
    read = json.loads(decoder_search("importance", "enough", "--json").output)
    assert read["shares"]["accuracy"]["decoder.depth"] == 1.0


def test_the_packaged_spaces_are_listed(decoder_search: Command) -> None:
    shown = decoder_search("spaces")
    assert (shown.exit_code, shown.errors) == (0, "")
    assert "digits" in shown.output and "cifar10" in shown.output


def test_the_schema_of_a_space_is_printed_for_editors(decoder_search: Command) -> None:
    printed = decoder_search("spaces", "--schema")
    assert (printed.exit_code, printed.errors) == (0, "")
    assert "decoder.depth" in json.loads(printed.output)["properties"]


@pytest.mark.parametrize(("options", "final"), [([], True), (["--as-searched"], False)])
def test_an_exported_file_holds_the_config_of_the_trial(
    options: list[str], final: bool, decoder_search: Command, study: StudyRecord, tmp_path: Path
) -> None:
    exported = decoder_search("export", "tiny", "--output", "winner.yaml", *options)
    assert exported.exit_code == 0
    assert exported.output == "trial 2 is in winner.yaml; train it: encodenet train winner.yaml\n"
    wanted = study.settings.space.to_config(study.trials[2].params, final=final)
    assert load_config(tmp_path / "winner.yaml") == wanted

    printed = decoder_search("export", "tiny", *options).output
    assert printed.strip() == (tmp_path / "winner.yaml").read_text().strip()


def test_the_pareto_front_is_exported_as_one_file_a_trial(
    decoder_search: Command, study: StudyRecord, tmp_path: Path
) -> None:
    exported = decoder_search("export", "tiny", "--trial", "pareto", "--output", "out/x.yaml")
    assert exported.exit_code == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["x-0.yaml", "x-2.yaml"]
    for number in (0, 2):
        wanted = study.settings.space.to_config(study.trials[number].params, final=True)
        assert load_config(tmp_path / "out" / f"x-{number}.yaml") == wanted


def test_the_winner_of_a_real_study_is_exported_with_and_without_its_final_training(
    decoder_search: Command, real_study: Any, tmp_path: Path
) -> None:
    command = ("export", "tiny", "--results", real_study.results, "--output", "x.yaml")

    def exported(*options: str) -> Any:
        run = decoder_search(*command, *options)
        assert run.exit_code == 0
        return load_config(tmp_path / "x.yaml")

    assert exported().autoencoder.training.epochs == 3
    assert exported("--as-searched").autoencoder.training.epochs == 2
    assert exported().seed == 9


def seconds_of_work(folder: Path, *arguments: str) -> float:
    """Processor time that a command takes, the best of three: a busy machine makes others wait, not work."""
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "decoder_search.cli", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def test_the_help_is_there_within_half_a_second(tmp_path: Path) -> None:
    assert seconds_of_work(tmp_path, "--help") < 0.5


def test_the_leaderboard_of_200_trials_is_there_within_a_second(
    tmp_path: Path,
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Command,
) -> None:
    measured = [{"accuracy": 0.5 + number / 1000, "mse": 0.01 + number % 7 / 100} for number in range(200)]
    trials = [
        make_trial(number, {"decoder.depth": number % 3 + 1}, **measured[number]) for number in range(200)
    ]
    write_study(make_study(trials), tmp_path / "results")
    for format in ("table", "json"):
        assert seconds_of_work(tmp_path, "leaderboard", "tiny", "--format", format) < 1
