"""What a command cannot do, it says in one line, having written nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from decoder_search.records.study_record import StudyRecord

Command = Callable[..., Any]


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["digitz"], "did you mean 'digits'? known are cifar10, cifar100, digits, extended, gain, paper"),
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
