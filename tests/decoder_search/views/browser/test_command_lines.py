from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decoder_search.cli import app
from decoder_search.views.browser.command_lines import confirm_line, export_lines, study_lines, trial_lines

USUAL = Path("results")


def test_the_folder_of_results_is_named_where_it_is_not_the_usual_one() -> None:
    (usual,) = export_lines("tiny", [7], USUAL)
    (other,) = export_lines("tiny", [7], Path("/data/my results"))
    assert usual.line == "decoder-search export tiny --trial 7 --output trial-7.yaml"
    assert other.line == f"{usual.line} --results '/data/my results'"


def test_a_name_that_a_shell_would_take_apart_is_quoted() -> None:
    (line,) = export_lines("a b; rm -rf $HOME", [0], USUAL)
    assert shlex.split(line.line)[2] == "a b; rm -rf $HOME"


def test_a_trial_without_a_rank_can_only_be_looked_at() -> None:
    assert [each.line for each in trial_lines("tiny", 3, None, USUAL)] == ["decoder-search show tiny 3"]
    assert [each.line.split()[1] for each in trial_lines("tiny", 3, 2, USUAL)] == [
        "show",
        "export",
        "train",
        "confirm",
    ]


@pytest.mark.parametrize(("rank", "which"), [(1, "the best trial"), (4, "the 4 best trials")])
def test_confirming_a_trial_takes_those_before_it_along(rank: int, which: str) -> None:
    line = confirm_line("tiny", rank, USUAL)
    assert which in line.purpose
    assert line.line == f"decoder-search confirm tiny --top {rank} --seeds 3"


def test_every_command_of_ours_is_understood_as_far_as_its_study() -> None:
    lines = [*trial_lines("absent", 3, 2, USUAL), *study_lines("absent", USUAL)]
    ours = [shlex.split(each.line)[1:] for each in lines if each.line.startswith("decoder-search")]
    assert len(ours) == 6
    for words in ours:
        ended = CliRunner().invoke(app, [*words, "--results", "/nowhere"])
        assert "there is no study in /nowhere" in str(ended.exception), words
