from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from decoder_search.space.parsing import packaged_spaces, parse_space
from decoder_search.space.schema import DIALECT, space_schema
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import CONFIG_PATHS, flatten
from encodenet_core.errors import ConfigError

SCHEMA = space_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def packaged(name: str) -> dict[str, Any]:
    text = (resources.files("search_spaces") / f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def nested(document: dict[str, Any]) -> dict[str, Any]:
    """The same space, every dotted key taken apart."""
    taken_apart: dict[str, Any] = {}
    for key, value in document.items():
        *sections, last = key.split(".")
        place = taken_apart
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = nested(value) if key == "final" else value
    return taken_apart


def test_it_is_a_schema_of_the_draft_that_it_names() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("name", packaged_spaces())
def test_every_packaged_space_is_valid_dotted_and_nested(name: str) -> None:
    VALIDATOR.validate(packaged(name))
    VALIDATOR.validate(nested(packaged(name)))


@pytest.mark.parametrize("name", packaged_spaces())
def test_a_typo_in_any_key_of_a_packaged_space_is_marked(name: str) -> None:
    document = packaged(name)
    for key in document:
        misspelt = {f"{other}x" if other == key else other: value for other, value in document.items()}
        assert not VALIDATOR.is_valid(misspelt), key
        assert not VALIDATOR.is_valid(nested(misspelt)), key


@pytest.mark.parametrize("path", CONFIG_PATHS)
def test_the_default_of_every_key_is_a_constant_of_a_space(path: str) -> None:
    value = flatten(EncodeNetConfig().model_dump(mode="json"))[path]
    VALIDATOR.validate({path: value, "final": {path: value}})


GOOD = [
    "decoder.depth: {int: [1, 4], step: 1}",
    "decoder: {depth: {int: [1, 12], log: true}}",
    "autoencoder: {training.epochs: {choice: [1, 2]}}",
    "autoencoder.training: {learning_rate: {float: [1e-4, 0.1], log: true}}",
    "autoencoder.classification_weight: {float: [0, 1]}\nautoencoder.training.learning_rate: 1e-3",
    "clustering.n_clusters: {choice: [1, auto]}",
    "clustering.n_clusters: {int: [1, 8], when: {clustering.method: kmeans}}\n"
    "clustering.method: {choice: [kmeans, hdbscan]}",
    "decoder.depth: {choice: [2]}\nconstraints: {macs: {max: 5}, decoder_parameters: {max: 2e6, min: 1}}",
    "decoder.depth: {choice: [2]}\nbaseline: {model: mine.keras, pixel_range: [0, 255]}",
    "decoder.depth: {choice: [2]}\nfinal: {dataset.limit: null, autoencoder: {training: {epochs: 3}}}",
    "decoder.depth: {choice: [2]}\nfinal:\nconstraints:",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_tool_reads_is_valid(text: str) -> None:
    document = yaml.safe_load(text)
    parse_space(document)
    VALIDATOR.validate(document)


BAD = [
    "decoder.dept: {int: [1, 4]}",
    "decoder: {dept: {int: [1, 4]}}",
    "decoder: 3",
    "decoder.depth: {int: [1, 13]}",
    "decoder.depth: {int: [1, 2, 3]}",
    "decoder.depth: {int: [1, 2.5]}",
    "decoder.depth: {float: [1, 2]}",
    "decoder.depth: {int: [1, 4], step: 0}",
    "decoder.depth: {int: [1, 4], stp: 2}",
    "decoder.depth: {int: [1, 4], choice: [1]}",
    "decoder.depth: {when: {clustering.method: kmeans}}",
    "decoder.upsampling: {choice: [nearest, magic]}",
    "decoder.upsampling: {choice: []}",
    "decoder.upsampling: {int: [1, 4]}",
    "decoder.upsampling: magic",
    "autoencoder.training.learning_rate: {float: [1e-4, soon]}",
    "autoencoder.training.learning_rate: {float: [0, 1], log: perhaps}",
    "seed: {int: [1, 4]}",
    "dataset.source: {choice: [digits, mnist]}",
    "decoder.depth: {int: [1, 4], when: {decoder.widht: [halving]}}",
    "decoder.depth: {int: [1, 4], when: {clustering.method: []}}",
    "decoder.depth: {choice: [2]}\nconstraints: {latency: {max: 5}}",
    "decoder.depth: {choice: [2]}\nconstraints: {latency_ms: {mx: 5}}",
    "decoder.depth: {choice: [2]}\nconstraints: {latency_ms: {}}",
    "decoder.depth: {choice: [2]}\nfinal: {decoder.depth: {int: [1, 2]}}",
    "decoder.depth: {choice: [2]}\nfinal: {decoder: {dept: 3}}",
    "decoder.depth: {choice: [2]}\ndescription: 3",
]


@pytest.mark.parametrize("text", BAD)
def test_what_the_tool_refuses_is_marked(text: str) -> None:
    document = yaml.safe_load(text)
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(ConfigError):
        parse_space(document)
