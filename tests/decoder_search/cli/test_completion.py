from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from decoder_search.cli.completion import sampler_names, space_names, tuner_names
from decoder_search.records.settings import Sampler, Tuner
from decoder_search.records.study_record import StudyRecord
from decoder_search.space.parsing import packaged_spaces


def completed(folder: Path, line: str, **variables: str) -> list[str]:
    """What bash would offer at the end of a line."""
    environment = {
        "_DECODER_SEARCH_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
        **variables,
    }
    program = "import sys; sys.argv[0] = 'decoder-search'; from decoder_search.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def folder(make_study: Callable[..., StudyRecord], write_study: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder with the studies `digits-1` and `other` among its results."""
    for name in ("digits-1", "other"):
        write_study(make_study([], name=name), tmp_path / "results")
    return tmp_path


def test_names_of_studies_complete(folder: Path) -> None:
    assert completed(folder, "decoder-search leaderboard dig") == ["digits-1"]
    assert set(completed(folder, "decoder-search compare digits-1 ")) == {"digits-1", "other"}
    assert completed(folder, "decoder-search run --from o") == ["other"]
    for command in ("browse", "dashboard", "plot", "report", "export", "confirm", "importance"):
        assert completed(folder, f"decoder-search {command} o") == ["other"]


def test_studies_are_looked_for_where_the_command_would(folder: Path, tmp_path: Path) -> None:
    elsewhere = {"DECODER_SEARCH_RESULTS": str(folder / "results")}
    assert completed(Path("/"), "decoder-search show o", **elsewhere) == ["other"]
    assert completed(Path("/"), f"decoder-search show --results {folder}/results o") == ["other"]
    assert completed(Path("/"), "decoder-search show o", DECODER_SEARCH_RESULTS="/nowhere") == []


def test_spaces_and_words_of_options_complete(tmp_path: Path) -> None:
    assert completed(tmp_path, "decoder-search run ci") == ["cifar10", "cifar100"]
    assert completed(tmp_path, "decoder-search run --sampler nsga") == ["nsga2", "nsga3"]
    assert completed(tmp_path, "decoder-search leaderboard --format m") == ["markdown"]
    assert completed(tmp_path, "decoder-search plot --kind par") == ["pareto", "parallel"]


def test_every_name_is_offered() -> None:
    assert space_names("") == list(packaged_spaces())
    assert sampler_names("") == list(get_args(Sampler)) and tuner_names("") == list(get_args(Tuner))
