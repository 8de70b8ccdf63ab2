"""A folder that is no finished run, and a class that is not there, are each refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.runs.folder import find_class, read_class_names

FILES = ("config.yaml", "encodenet.keras", "encoder.keras", "decoder.keras", "metrics.json")
ANIMALS = ("cat", "dog", "Sea lion")


def make_run(
    folder: Path, *, without: str = "", metrics: str = '{"dataset": {"class_names": ["b", "a"]}}'
) -> Path:
    for name in FILES:
        if name != without:
            (folder / name).write_text(metrics)
    return folder


def test_the_names_of_the_classes_come_in_the_order_of_their_labels(tmp_path: Path) -> None:
    assert read_class_names(make_run(tmp_path)) == ("b", "a")


@pytest.mark.parametrize(
    ("without", "part"),
    [
        ("config.yaml", "holds no config.yaml; give the output folder of `encodenet train`"),
        ("decoder.keras", "holds no decoder.keras; give the output folder"),
        ("metrics.json", "is not finished: it holds no metrics.json; train it again"),
    ],
)
def test_an_incomplete_folder_is_refused(without: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"^[^\n]*{part}[^\n]*$"):
        read_class_names(make_run(tmp_path, without=without))


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(ConfigError, match=r"^there is no folder [^\n]*encodenet train`$"):
            read_class_names(place)


def test_a_study_is_refused_with_the_way_to_its_winner(tmp_path: Path) -> None:
    (tmp_path / "trials.jsonl").write_text("")
    with pytest.raises(ConfigError, match=r"is a study, [^\n]*`decoder-search export`[^\n]*$"):
        read_class_names(tmp_path)


@pytest.mark.parametrize("metrics", ["", "{", "[]", "{}", '{"dataset": 1}'])
def test_damaged_metrics_are_refused(metrics: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.json[^\n]*; train the run again$"):
        read_class_names(make_run(tmp_path, metrics=metrics))


@pytest.mark.parametrize(("wanted", "label"), [("cat", 0), ("Sea lion", 2), ("0", 0), ("2", 2)])
def test_a_class_is_found_by_its_name_or_index(wanted: str, label: int) -> None:
    assert find_class(wanted, ANIMALS) == label


def test_a_name_that_is_a_number_goes_before_the_index() -> None:
    assert find_class("0", ("1", "0")) == 1


@pytest.mark.parametrize(
    ("wanted", "question"),
    [
        ("dgo", "did you mean 'dog'? "),
        ("sea lion", "did you mean 'Sea lion'? "),
        ("3", ""),
        ("-1", ""),
        ("", ""),
    ],
)
def test_an_unknown_class_is_refused_with_the_nearest_name(wanted: str, question: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        find_class(wanted, ANIMALS)
    assert str(refusal.value) == (
        f"unknown class {wanted!r}; {question}give a name from 'cat' to 'Sea lion' or an index from 0 to 2"
    )
