from __future__ import annotations

from decoder_search.json_lines import whole_lines


def test_whole_lines_end_where_a_torn_one_starts() -> None:
    assert whole_lines(b"") == b""
    assert whole_lines(b'{"a": 1}') == b""
    assert whole_lines(b'{"a": 1}\n') == b'{"a": 1}\n'
    assert whole_lines(b'{"a": 1}\n{"b"') == b'{"a": 1}\n'
    assert whole_lines(b'{"a": 1}\n{"b"\n') == b'{"a": 1}\n'
