from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from encodenet_core.comparisons.measurements import MEASUREMENTS_FILE, Measurement, MeasurementFile
from encodenet_core.errors import ConfigError

FileLimit = Callable[[int], AbstractContextManager[None]]

ONE = Measurement(0, "class", {"config": {"seed": 0, "depth": 2}}, {"scores": {"test_accuracy": 0.5}})
TWO = Measurement(0, "cluster", {"config": {"seed": 0, "depth": 3}}, {}, "class 7 has 2 images")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder that holds both measurements."""
    with MeasurementFile(tmp_path) as file:
        file.append(ONE)
        file.append(TWO)
    return tmp_path


def test_what_was_appended_is_found_by_its_circumstances_in_another_process(written: Path) -> None:
    with MeasurementFile(written) as file:
        assert file.find(ONE.circumstances) == ONE
        assert file.find({"config": {"depth": 3, "seed": 0}}) == TWO
        assert file.find({"config": {"depth": 4, "seed": 0}}) is None


def test_every_measurement_is_a_line_of_json(written: Path) -> None:
    lines = (written / MEASUREMENTS_FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["setup"] for line in lines] == ["class", "cluster"]


def test_the_circumstances_that_differ_are_named(written: Path) -> None:
    with MeasurementFile(written) as file:
        assert file.differences(0, "class", {"config": {"seed": 0, "depth": 5}, "keras": "9"}) == [
            "config.depth",
            "keras",
        ]
        assert file.differences(1, "class", {}) == []
        assert file.differences(0, "identity", {}) == []


@pytest.mark.parametrize("torn", [b'{"seed": 1, "set', b"{", b"\0\0\0\n"])
def test_a_torn_last_line_is_cut_off_and_the_rest_kept(written: Path, torn: bytes) -> None:
    path = written / MEASUREMENTS_FILE
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    with MeasurementFile(written) as file:
        assert file.find(ONE.circumstances) == ONE
    assert path.read_bytes() == whole


@pytest.mark.parametrize("line", ["[]", "{}", "nonsense", '{"seed": 1, "colour": 2}'])
def test_a_line_that_is_no_measurement_is_refused_with_its_number(written: Path, line: str) -> None:
    path = written / MEASUREMENTS_FILE
    path.write_text(f"{line}\n{path.read_text()}")
    with pytest.raises(ConfigError, match=r"measurements.jsonl, line 1 is no measurement .*--output"):
        MeasurementFile(written)
    with pytest.raises(ConfigError, match="line 1"):  # so that the file was let go
        MeasurementFile(written)


def test_a_second_process_is_refused_while_the_first_measures(written: Path) -> None:
    with MeasurementFile(written), pytest.raises(ConfigError, match="another process measures into"):
        MeasurementFile(written)
    with MeasurementFile(written) as file:
        assert file.find(ONE.circumstances) == ONE


def test_where_nothing_was_measured_no_folder_is_left(tmp_path: Path) -> None:
    with pytest.raises(KeyError), MeasurementFile(tmp_path / "new" / "folder"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_stays_where_nothing_was_measured(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with MeasurementFile(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_full_disk_leaves_the_file_as_it_was(written: Path, files_of_at_most: FileLimit) -> None:
    before = (written / MEASUREMENTS_FILE).read_bytes()
    with MeasurementFile(written) as file, files_of_at_most(len(before) + 10):
        with pytest.raises(OSError, match="only a part"):
            file.append(Measurement(1, "class", {"config": 1}, {}))
    assert (written / MEASUREMENTS_FILE).read_bytes() == before
