from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encodenet_core.io.plain_json import DEEPEST, parse_json

HOSTILE_JSON = {
    "NaN": ("[NaN]", "NaN is no JSON number"),
    "infinity": ("[-Infinity]", "-Infinity is no JSON number"),
    "a real number beyond all": ("[1e999]", "1e999 is beyond all numbers"),
    "a whole number of too many digits": ("[" + "9" * 301 + "]", "more than 300 digits"),
    "a whole number that takes Python minutes": ("9" * 1_000_000, "more than 300 digits"),
    "a key that is given twice": ('{"a": 1, "b": 2, "a": 3}', "the key 'a' is given twice"),
    "half a character": (r'["\ud800"]', "surrogates not allowed"),
    "half a character as a key": (r'{"\ud800": 1}', "surrogates not allowed"),
    "a little too deep": ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "nests too deep"),
    "far too deep": ("[" * 500_000, "nests too deep"),
    "objects far too deep": ('{"a":' * 500_000, "nests too deep"),
    "two values": ("1 2", "Extra data"),
    "nothing": ("", "Expecting value"),
    "a comment": ("// no", "Expecting value"),
}


@pytest.mark.parametrize(("text", "reason"), HOSTILE_JSON.values(), ids=HOSTILE_JSON)
def test_hostile_json_is_refused_quickly(text: str, reason: str) -> None:
    started = time.monotonic()
    with pytest.raises(ValueError, match=reason):
        parse_json(text)
    assert time.monotonic() - started < 5


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="decode"):
        parse_json(b'"\xff"')


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain_values)
def test_what_json_writes_is_read_back_as_it_was(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value
