from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from encodenet_core.io.json_lines import JsonLines, read_whole_lines, whole_lines

FileLimit = Callable[[int], AbstractContextManager[None]]


def test_whole_lines_end_where_a_torn_one_starts() -> None:
    assert whole_lines(b"") == b""
    assert whole_lines(b'{"a": 1}') == b""
    assert whole_lines(b'{"a": 1}\n') == b'{"a": 1}\n'
    assert whole_lines(b'{"a": 1}\n{"b"') == b'{"a": 1}\n'
    assert whole_lines(b'{"a": 1}\n{"b"\n') == b'{"a": 1}\n'


def test_a_file_is_started_and_gone_on_with_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    first = JsonLines(path)
    first.append({"a": 1})
    first.close()
    first.close()
    path.write_bytes(path.read_bytes() + b'{"b"')
    assert read_whole_lines(path) == b'{"a": 1}\n'
    second = JsonLines(path)
    second.append({"c": 3}, lasting=False)
    second.close()
    assert path.read_bytes() == b'{"a": 1}\n{"c": 3}\n'


def test_a_whole_file_is_not_touched_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n')
    before = path.stat().st_mtime_ns
    JsonLines(path).close()
    assert path.stat().st_mtime_ns == before


def test_a_line_for_which_there_is_no_room_leaves_the_file_as_it_was(
    tmp_path: Path, files_of_at_most: FileLimit
) -> None:
    path = tmp_path / "events.jsonl"
    lines = JsonLines(path)
    lines.append({"a": 1})
    with files_of_at_most(15), pytest.raises(OSError, match="only a part"):
        lines.append({"b": "long enough"})
    lines.close()
    assert path.read_bytes() == b'{"a": 1}\n'


def test_a_larger_file_than_is_expected_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n')
    with pytest.raises(OSError, match="larger"):
        JsonLines(path, most_bytes=8)
