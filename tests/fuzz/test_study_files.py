"""What lies beside the records of a study, its lock and its curves, and JSON itself: read or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hostile import as_json, fuzzed, mutated, mutated_bytes
from hypothesis import example

from decoder_search.records.curves import read_losses
from decoder_search.records.lock import Lock, is_held
from encodenet_core import ConfigError
from encodenet_core.io.plain_json import parse_json

HOLDER = {"pid": 1, "host": "here", "since": "2024-01-01T00:00:00+00:00"}


@fuzzed(mutated_bytes([json.dumps(HOLDER).encode()]) | mutated([HOLDER]).map(as_json))
@example(b"[" * 4000)
@example(b'{"pid": Infinity, "host": "x"}')
def test_whatever_a_lock_says_it_is_held_or_not(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock").write_bytes(content)
    assert is_held(tmp_path) in (True, False)
    first = Lock.take(tmp_path)
    (tmp_path / "lock").write_bytes(content)
    with pytest.raises(ConfigError, match="is held by"):
        Lock.take(tmp_path)
    first.release()


CURVES = {"autoencoder": [0.5, 0.4], "classifier": [0.3]}


@fuzzed(mutated([CURVES]).map(as_json) | mutated_bytes([json.dumps(CURVES).encode()]))
@example(b"[" * 50_000)
@example(b'{"autoencoder": [1e999]}')
def test_curves_are_numbers_or_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trials" / "0" / "curves.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    losses = read_losses(tmp_path, 0)
    assert all(isinstance(loss, float) for values in losses.values() for loss in values)


@fuzzed(mutated_bytes([b'{"a": [1, 2.5, "x", null]}', b'[1e308, -0.0, "\\u00e9"]']), share=2)
def test_json_means_one_thing_or_is_refused(content: bytes) -> None:
    try:
        value = parse_json(content)
    except ValueError:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value
