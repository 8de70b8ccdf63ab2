from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.confirmations import (
    Confirmation,
    ConfirmationLog,
    read_confirmations,
    values_of,
)
from encodenet_core.errors import ConfigError


@pytest.fixture
def two(make_confirmation: Callable[..., Confirmation], make_trial: Callable[..., Any]) -> list[Confirmation]:
    """The same config with two seeds."""
    return [make_confirmation(make_trial(3), seed, 0.9 + seed / 100) for seed in (7, 8)]


def write(folder: Path, *confirmations: Confirmation) -> None:
    with ConfirmationLog(folder) as log:
        for each in confirmations:
            log.append(each)


def test_what_was_written_is_read_in_its_order(tmp_path: Path, two: list[Confirmation]) -> None:
    assert read_confirmations(tmp_path) == ()
    write(tmp_path, two[1])
    write(tmp_path, two[0])
    assert read_confirmations(tmp_path) == (two[1], two[0])


def test_a_config_that_was_measured_again_counts_once_with_the_last_values(
    tmp_path: Path, two: list[Confirmation]
) -> None:
    again = replace(two[0], metrics={"accuracy": 0.5})
    write(tmp_path, *two, again)
    assert read_confirmations(tmp_path) == (again, two[1])


@pytest.mark.parametrize("torn", [b'{"trial": 3, "par', b"\0\0\0", b"gar\xffbage\n"])
def test_a_torn_last_line_is_skipped_and_cut_off_before_the_next(
    torn: bytes, tmp_path: Path, two: list[Confirmation]
) -> None:
    write(tmp_path, two[0])
    path = tmp_path / "confirmed.jsonl"
    path.write_bytes(path.read_bytes() + torn)
    assert read_confirmations(tmp_path) == (two[0],)
    write(tmp_path, two[1])
    assert read_confirmations(tmp_path) == tuple(two)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b'{"trial": 3}',
        b'{"trial": 3, "params": {}, "seed": 0, "config": "a", "outcome": "done"}',
        b'{"trial": 3, "params": {}, "seed": 0, "config": "a", "outcome": "completed", "metrics": {}}',
        b'{"trial": 3, "params": {}, "seed": 0, "config": "a", "outcome": "completed",'
        b' "metrics": {"accuracy": NaN}}',
    ],
)
def test_a_line_that_is_no_confirmation_is_refused_with_its_number(
    line: bytes, tmp_path: Path, two: list[Confirmation]
) -> None:
    write(tmp_path, two[0])
    path = tmp_path / "confirmed.jsonl"
    path.write_bytes(line + b"\n" + path.read_bytes())
    with pytest.raises(ConfigError, match=r"confirmed\.jsonl, line 1 is no confirmation") as refused:
        read_confirmations(tmp_path)
    assert "\n" not in str(refused.value)


def test_what_no_reader_would_take_is_not_written(tmp_path: Path, two: list[Confirmation]) -> None:
    with pytest.raises(ValueError, match="not finite"):
        write(tmp_path, replace(two[0], metrics={"accuracy": float("nan")}))
    assert read_confirmations(tmp_path) == ()


def test_a_full_disk_is_one_line_and_leaves_the_file_as_it_was(
    tmp_path: Path, two: list[Confirmation], files_of_at_most: Callable[..., Any]
) -> None:
    write(tmp_path, two[0])
    size = (tmp_path / "confirmed.jsonl").stat().st_size
    with ConfirmationLog(tmp_path) as log, files_of_at_most(size + 10):
        with pytest.raises(ConfigError, match="cannot write .*; make room there"):
            log.append(two[1])
    assert (tmp_path / "confirmed.jsonl").stat().st_size == size


def test_the_values_of_a_metric_are_those_of_the_seeds_that_have_it(two: list[Confirmation]) -> None:
    untested = replace(two[0], metrics={**two[0].metrics, "test_accuracy": None})
    assert values_of([untested, two[1]], "test_accuracy") == {8: pytest.approx(0.97)}
    assert values_of([untested, two[1]], "accuracy") == {7: 0.97, 8: 0.98}
