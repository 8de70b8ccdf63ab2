"""Search spaces and configs: every document describes one, or is refused in one line."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hostile import as_json, as_yaml, fuzzed, mutated, mutated_bytes, mutated_text, or_refused
from hypothesis import example
from hypothesis import strategies as st

from decoder_search.space.parsing import load_space, packaged_spaces, parse_space
from decoder_search.space.schema import space_schema
from decoder_search.space.search_space import SearchSpace
from encodenet_core import EncodeNetConfig, EncodeNetError, build_config, dump_config, load_config
from encodenet_core.config_values import flatten
from encodenet_core.io.plain_json import parse_json
from encodenet_core.io.plain_yaml import read_yaml

FOLDER = Path(__file__).parents[2] / "search_spaces"
TEXTS = [(FOLDER / f"{name}.yaml").read_text(encoding="utf-8") for name in packaged_spaces()]
SPACES = [dict(read_yaml(FOLDER / f"{name}.yaml")) for name in packaged_spaces()]
CONFIGS: list[Any] = [
    EncodeNetConfig().model_dump(mode="json"),
    flatten(EncodeNetConfig().model_dump(mode="json")),
    {"decoder": {"depth": 3}, "seed": 1, "baseline.training.milestones": [1, 2]},
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


def read_space(place: Path, content: bytes) -> SearchSpace | None:
    path = place / "space.yaml"
    path.write_bytes(content)
    space: SearchSpace | None = or_refused(load_space, str(path))
    return space


@fuzzed(mutated(SPACES), share=2)
def test_a_changed_search_space_is_one_or_is_refused(place: Path, document: Any) -> None:
    try:
        text = as_yaml(document)
    except ValueError:  # a number that Python does not write
        return
    space = read_space(place, text.encode("utf-8", errors="replace"))
    if space is not None:
        assert SearchSpace.from_json(json.loads(json.dumps(space.to_json()))) == space
        params = {parameter.path: parameter.examples()[0] for parameter in space.parameters}
        or_refused(space.to_config, params)


@fuzzed(mutated_bytes([text.encode() for text in TEXTS]), share=2)
@example(b"decoder.depth: {int: [1, 2], when: {? [1] : 2}}")
@example(b"description: " + b"x" * 200_000)
@example(b"decoder.depth: {int: [1, 0x" + b"f" * 5000 + b"]}")
@example(b"decoder.depth: {int: [" + b"1:" * 400 + b"1.5, 4]}")
@example(b"decoder.depth: " + b"{int: [1, " * 30)
@example(b"dataset.source: !!binary aGk=\ndecoder.depth: {int: [1, 2]}")
@example(b'description: "\\ud800"\ndecoder.depth: {int: [1, 2]}')
@example(b"decoder.depth: {choice: [!!set {a}, 2]}")
def test_a_torn_search_space_is_one_or_is_refused(place: Path, content: bytes) -> None:
    read_space(place, content)


@cache
def validator() -> Any:
    return pytest.importorskip("jsonschema").Draft202012Validator(space_schema())


@fuzzed(mutated(SPACES), share=2)
def test_the_schema_finds_no_fault_with_a_space_that_is_one(document: Any) -> None:
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        return
    try:
        parse_space(parse_json(as_json(document)))
    except (EncodeNetError, ValueError):
        return
    assert [error.message for error in validator().iter_errors(document)] == []


@fuzzed(mutated(CONFIGS), share=2)
def test_a_changed_config_is_one_that_survives_its_file_or_is_refused(place: Path, document: Any) -> None:
    path = place / "config.yaml"
    try:
        path.write_text(as_yaml(document), encoding="utf-8", errors="replace")
    except ValueError:
        return
    config = or_refused(load_config, path)
    if config is not None:
        path.write_text(dump_config(config), encoding="utf-8")
        assert load_config(path) == config


@fuzzed(mutated_text([dump_config(EncodeNetConfig())]) | st.text())
def test_a_torn_config_is_one_or_is_refused(place: Path, text: str) -> None:
    path = place / "config.yaml"
    path.write_text(text, encoding="utf-8")
    or_refused(load_config, path)


@fuzzed(mutated([flatten(document) for document in CONFIGS]))
def test_values_of_any_kind_make_a_config_or_are_refused(document: Any) -> None:
    if isinstance(document, dict) and all(isinstance(key, str) for key in document):
        or_refused(build_config, document)
