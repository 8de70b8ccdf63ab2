"""`decoder-search` as a user runs it: each command in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from decoder_search.journal import Journal
from decoder_search.records import StudyRecord, TrialRecord
from decoder_search.space import load_space
from encodenet_core.config_values import load_config

Command = Callable[..., Any]

COMMANDS = (
    *("run", "leaderboard", "show", "spaces", "export", "compare", "importance", "confirm"),
    *("browse", "dashboard", "plot", "report"),
)


@pytest.fixture
def study(
    tmp_path: Path,
    make_study: Callable[..., StudyRecord],
    make_trial: Callable[..., TrialRecord],
    write_study: Callable[..., Path],
) -> StudyRecord:
    """The study `tiny` in `tmp_path / "results"`: trials 2 and 0 are on the front in this order, 1 failed."""
    params = {"decoder.depth": 3, "clustering.method": "kmeans", "clustering.n_clusters": 2}
    trials = [
        make_trial(0, accuracy=0.94, mse=0.02),
        make_trial(1, state="failed"),
        make_trial(2, params, accuracy=0.97, mse=0.06),
        make_trial(3, accuracy=0.93, mse=0.07),
    ]
    record = make_study(trials)
    write_study(record, tmp_path / "results")
    return record


def refusal(decoder_search: Command, folder: Path, *arguments: object) -> str:
    """The one line that a command is refused with, having written nothing."""
    before = sorted(folder.rglob("*"))
    refused = decoder_search(*arguments)
    assert refused.exit_code == 2, refused
    assert refused.output == ""
    assert refused.errors.startswith("error: ") and refused.errors.endswith("\n")
    assert refused.errors.count("\n") == 1, refused.errors
    assert sorted(folder.rglob("*")) == before
    return str(refused.errors[len("error: ") : -1])


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digitz"], "did you mean 'digits'? known are cifar10, cifar100, digits, extended, paper"),
        (["nowhere.yaml"], "cannot read nowhere.yaml: No such file or directory; give the path of a YAML"),
        (["--trials", "0"], "--trials is 0, but expected is 1 or more"),
        (["--workers", "0"], "--workers is '0', but expected is a whole number from 1 on, or auto"),
        (
            ["--sampler", "sobol"],
            "--sampler is 'sobol', but expected is one of tpe, random",
        ),
        (["--sampler", "grid"], "sampler grid wants whole numbers and choices without when, but"),
        (["--tuner", "random"], "--tuner is an option of --engine keras-tuner, but the engine is optuna"),
        (["--engine", "keras-tuner", "--sampler", "tpe"], "--sampler is an option of --engine optuna, but"),
        (["--engine", "hyperopt"], "--engine is 'hyperopt', but expected is one of optuna, keras-tuner"),
        (["--objective", "speed"], "--objective is 'speed', but expected is one of both, accuracy"),
        (["--pruner", "median"], "--pruner is 'median', but expected is one of halving, none"),
        (["--first-rung", "0"], "--first-rung is 0, but expected is 1 or more"),
        (["--pruner", "none", "--first-rung", "9"], "--pruner none has no rungs; leave --first-rung and"),
        (
            ["--engine", "keras-tuner", "--tuner", "hyperband", "--reduction-factor", "4"],
            "--tuner hyperband has its own rungs; leave --first-rung and --reduction-factor out",
        ),
        (["--reduction-factor", "1"], "--reduction-factor is 1, but expected is 2 or more"),
        (["--trial-timeout", "5"], "--trial-timeout is '5', but expected is a time such as 90s, 30m or 2h"),
        (["--trial-memory", "4G"], "--trial-memory is '4G', but expected is an amount such as 800MB or 4GB"),
        (["--max-disk", "5"], "--max-disk is '5', but expected is an amount such as 800MB or 4GB"),
        (["--keep-weights", "-1"], "--keep-weights is -1, but expected is 0 or more"),
        (["--gpus", "cuda:0"], "--gpus is 'cuda:0', but expected are numbers of GPUs such as 0,1"),
        (["--per-gpu", "2"], "--per-gpu is 2, but there are no GPUs to share; give --gpus 0,1 too"),
        (["--workers", "many"], "--workers is 'many', but expected is a whole number from 1 on, or auto"),
        (["--from", "nobody"], "there is no study in results"),
        (["--reconstruction", "ssim"], "--reconstruction is 'ssim', but expected is one of mse, retrieval"),
        (["--time-budget", "soon"], "--time-budget is 'soon', but expected is a time such as 90s, 30m or 2h"),
        (["--time-budget", "0m"], "--time-budget is '0m', but expected is a time"),
        (["--study", "a/b"], "study name 'a/b' cannot be a folder of its own"),
        (["--study", ".."], "study name '..' cannot be a folder of its own"),
        (["--study", ""], "study name '' cannot be a folder of its own"),
        (["--seed", "-1"], "seed is -1, but expected is: greater than or equal to 0"),
        (["--set", "decoder.dept=3"], "unknown config key 'decoder.dept'; did you mean 'decoder.depth'?"),
        (["--set", "decoder.depth"], "has no '='; write it as --set decoder.depth=3"),
        (["--set", "decoder.depth=99"], "decoder.depth is 99, but expected is"),
        (["--set", "decoder.depth=[1, 2]"], "decoder.depth is [1, 2], but expected is one plain value"),
        (["--set", "decoder.depth=!!python/name:os.system"], "the value is not plain YAML"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused_before_it_starts(
    arguments: list[str], said: str, decoder_search: Command, tmp_path: Path
) -> None:
    assert said in refusal(decoder_search, tmp_path, "run", *arguments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("decoder.dept: {int: [1, 4]}", "unknown config key 'decoder.dept'; did you mean 'decoder.depth'?"),
        ("decoder.upsampling: {choice: [nearest, magic]}", "decoder.upsampling is 'magic', but expected is"),
        ("decoder.depth: {int: [4, 1]}", "the range [4, 1] is upside down; write it as [1, 4]"),
        (
            "decoder.depth: {int: [1, 4], when: {clustering.methods: [kmeans]}}",
            "unknown config key 'clustering.methods'; did you mean 'clustering.method'?",
        ),
        ("decoder.depth: !!python/object/apply:os.getcwd []", "is not plain YAML"),
        ("decoder.depth: {int: [1, 4]", "is not plain YAML"),
        ("decoder.depth: 3", "nothing is searched"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused_with_its_file(
    text: str, said: str, decoder_search: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    message = refusal(decoder_search, tmp_path, "run", "mine.yaml")
    assert message.startswith("mine.yaml") and said in message


@pytest.mark.slow
def test_an_image_folder_that_cannot_be_used_is_refused_before_the_first_trial(
    decoder_search: Command, tmp_path: Path, tiny_space: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("lone/cat", "torn/cat", "torn/dog"):
        (tmp_path / name).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / name / f"{number}.png")
    (tmp_path / "torn" / "dog" / "2.png").write_bytes(b"\x89PNG no more")
    (tmp_path / "results").mkdir()

    def refused(source: str) -> str:
        started = ("run", tiny_space, "--data", source)
        before = sorted(tmp_path.rglob("*"))
        run = decoder_search(*started)
        assert (run.exit_code, run.errors.count("\n"), run.errors[:7]) == (2, 1, "error: ")
        assert sorted(tmp_path.rglob("*")) == before
        return str(run.errors)

    assert "empty" in refused("empty")
    assert "2.png" in refused("torn")
    assert "one class" in refused("lone")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["leaderboard", "tinny"], "unknown study in results: 'tinny'; did you mean 'tiny'? known are tiny"),
        (["leaderboard", "../results/tiny"], "study name '../results/tiny' cannot be a folder of its own"),
        (["leaderboard", "--results", "elsewhere"], "there is no study in elsewhere; start one with"),
        (["leaderboard", "--sort", "beauty"], "unknown column 'beauty'"),
        (["leaderboard", "--format", "xml"], "--format is 'xml', but expected is one of table, json, csv"),
        (
            ["leaderboard", "--watch", "--format", "json"],
            "--watch shows a table, but --format is json; leave",
        ),
        (["leaderboard", "--by", "trial"], "--by is 'trial', but expected is one of clustering"),
        (["leaderboard", "--top", "0"], "--top is 0, but expected is 1 or more"),
        (["show", "tiny", "9"], "study 'tiny' has no trial 9; it has 4, counted from 0"),
        (["show", "other", "0"], "unknown study in results: 'other'"),
        (["compare", "tiny"], "1 study cannot be compared; name two or more"),
        (["compare", "tiny", "other"], "unknown study in results: 'other'"),
        (["confirm", "other"], "unknown study in results: 'other'"),
        (["confirm", "tiny", "--top", "0"], "--top is 0, but expected is 1 or more"),
        (["confirm", "tiny", "--seeds", "0"], "--seeds is 0, but expected is 1 or more"),
        (["confirm", "tiny", "--workers", "0"], "--workers is 0, but expected is 1 or more"),
        (["importance", "tiny"], "study 'tiny' has 3 completed trials, too few to say what mattered"),
        (["export", "other"], "unknown study in results: 'other'"),
        (["export", "tiny", "--trial", "1"], "trial 1 of study 'tiny' is failed; completed are 0, 2, 3"),
        (["export", "tiny", "--trial", "first"], "expected is best, pareto or the number"),
        (["export", "tiny", "--output", "results/tiny/trials.jsonl/x.yaml"], "; give another --output"),
        (
            ["export", "tiny", "--weights", "new"],
            "trial 2 of study 'tiny' has not kept its weights; no trial",
        ),
        (["export", "tiny", "--weights", "new", "--as-searched"], "leave --output and --as-searched out"),
        (["run", "--study", "tiny"], "study 'tiny' was started with"),
    ],
)
def test_what_is_not_there_cannot_be_shown(
    arguments: list[str], said: str, decoder_search: Command, tmp_path: Path, study: StudyRecord
) -> None:
    assert said in refusal(decoder_search, tmp_path, *arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--results", "full"], "error: cannot write study 'digits' in full: File too large; "),
        (["export", "tiny", "--output", "full/winner.yaml"], "error: cannot write full/winner.yaml: "),
    ],
)
def test_a_full_disk_is_one_line_and_leaves_nothing(
    arguments: list[str], said: str, tmp_path: Path, study: StudyRecord
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "decoder_search.cli", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert done.returncode == 2
    assert done.stderr.startswith(said) and done.stderr.count("\n") == 1
    assert list((tmp_path / "full").iterdir()) == []


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
        assert ("Next: decoder-search export" in run.output) is (name == "good")


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


def test_the_leaderboard_is_a_table_or_what_other_programs_read(
    decoder_search: Command, study: StudyRecord
) -> None:
    table = decoder_search("leaderboard", "tiny").output
    assert "Study tiny: 3 completed, 1 failed" in table

    rows = json.loads(decoder_search("leaderboard", "tiny", "--format", "json").output)
    assert [(row["rank"], row["trial"]) for row in rows] == [(1, 2), (2, 0), (3, 3), (None, 1)]
    assert rows[0]["gain_baseline"] == pytest.approx(0.02)

    lines = decoder_search("leaderboard", "tiny", "--format", "csv").output.splitlines()
    assert [row["trial"] for row in csv.DictReader(lines)] == ["2", "0", "3", "1"]

    markdown = decoder_search("leaderboard", "tiny", "--format", "markdown").output
    assert markdown.count("\n") == 2 + 4 and markdown.startswith("| rank | trial |")


def test_the_leaderboard_shows_what_is_asked_for(decoder_search: Command, study: StudyRecord) -> None:
    def trials(*options: str) -> list[int]:
        shown = decoder_search("leaderboard", "tiny", "--format", "json", *options)
        return [row["trial"] for row in json.loads(shown.output)]

    assert trials("--top", "1") == [2]
    assert trials("--pareto") == [2, 0]
    assert trials("--sort", "mse", "--pareto") == [0, 2]
    assert trials("--by", "clustering", "--pareto") == [2, 0]


def test_without_a_name_the_newest_study_is_shown_from_the_folder_that_is_set(
    decoder_search: Command,
    study: StudyRecord,
    write_study: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newer = replace(study, settings=replace(study.settings, name="newer"))
    path = write_study(newer, tmp_path / "elsewhere") / "trials.jsonl"
    older = replace(study, settings=replace(study.settings, name="older"))
    os.utime(write_study(older, tmp_path / "elsewhere") / "trials.jsonl", ns=(0, path.stat().st_mtime_ns - 1))
    assert "Study tiny" in decoder_search("leaderboard").output
    monkeypatch.setenv("DECODER_SEARCH_RESULTS", "elsewhere")
    assert "Study newer" in decoder_search("leaderboard").output
    assert "Study tiny" in decoder_search("leaderboard", "--results", "results").output


def test_a_watched_leaderboard_follows_the_study_until_ctrl_c(
    study: StudyRecord, tmp_path: Path, make_trial: Callable[..., TrialRecord]
) -> None:
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "decoder_search.cli", "leaderboard", "tiny", "--watch"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    with subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, env=environment) as watching:
        wait_for(terminal, b"3 completed, 1 failed")
        with Journal.open(tmp_path / "results" / "tiny", lambda: study.settings) as journal:
            journal.finished(make_trial(4))
        wait_for(terminal, b"4 completed, 1 failed")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=20) == 0
    os.close(terminal)
    os.close(theirs)


def wait_for(terminal: int, wanted: bytes) -> None:
    seen, deadline = b"", time.monotonic() + 30
    while wanted not in seen:
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)


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
