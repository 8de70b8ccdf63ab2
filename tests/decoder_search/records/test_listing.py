from __future__ import annotations

import os
from pathlib import Path

import pytest

from decoder_search.records.listing import check_study_name, find_study, list_studies
from encodenet_core.errors import ConfigError


@pytest.mark.parametrize("name", ["digits", "a b", "größer-2", "x" * 200])
def test_a_name_of_one_folder_names_a_study(name: str) -> None:
    assert check_study_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/a", ".hidden", "a\nb", "a\0b", " a", "x" * 201, "\udcff"]
)
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a folder of its own") as refused:
        check_study_name(name)
    assert "\n" not in str(refused.value)


def make_empty_study(results: Path, name: str, age: int) -> Path:
    folder = results / name
    folder.mkdir()
    (folder / "trials.jsonl").touch()
    os.utime(folder / "trials.jsonl", (1_000_000 - age, 1_000_000 - age))
    return folder


def test_without_a_name_the_study_written_last_is_found(tmp_path: Path) -> None:
    old, new = make_empty_study(tmp_path, "old", 10), make_empty_study(tmp_path, "new", 1)
    (tmp_path / "no-study").mkdir()
    assert list_studies(tmp_path) == [new, old]
    assert find_study(None, tmp_path) == new
    assert find_study("old", tmp_path) == old


def test_an_absent_study_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no study in .*; start one with `decoder-search run`"):
        find_study(None, tmp_path / "nowhere")
    make_empty_study(tmp_path, "digits", 1)
    with pytest.raises(ConfigError, match="unknown study in .* 'digts'; did you mean 'digits'?"):
        find_study("digts", tmp_path)
    with pytest.raises(ConfigError, match="cannot be a folder of its own"):
        find_study("../digits", tmp_path)
