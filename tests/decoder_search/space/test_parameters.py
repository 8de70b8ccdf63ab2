from __future__ import annotations

import json
from typing import Any

import pytest

from decoder_search.space.parameters import (
    ChoiceParameter,
    FloatParameter,
    IntParameter,
    Parameter,
    parse_parameter,
)
from decoder_search.space.search_space import SearchSpace
from encodenet_core.errors import ConfigError

CONDITIONAL = {"clustering.method": ("kmeans", "cosine")}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"int": [1, 4]}, IntParameter("x", 1, 4)),
        ({"int": [1, 9], "step": 2}, IntParameter("x", 1, 9, step=2)),
        ({"int": [1, 64], "log": True}, IntParameter("x", 1, 64, log=True)),
        ({"float": [0, 1]}, FloatParameter("x", 0.0, 1.0)),
        ({"float": ["1e-4", "1e-2"], "log": True}, FloatParameter("x", 1e-4, 1e-2, log=True)),
        ({"choice": ["a", 3, True]}, ChoiceParameter("x", ("a", 3, True))),
        (
            {"int": [1, 8], "when": {"clustering.method": ["kmeans", "cosine"]}},
            IntParameter("x", 1, 8, when=CONDITIONAL),
        ),
        ({"choice": ["a"], "when": {"y": "b"}}, ChoiceParameter("x", ("a",), when={"y": ("b",)})),
    ],
)
def test_every_form_of_the_schema_is_understood(spec: dict[str, Any], expected: Parameter) -> None:
    assert parse_parameter("x", spec) == expected


def test_a_range_that_its_step_does_not_fill_ends_at_the_last_step() -> None:
    assert parse_parameter("x", {"int": [1, 10], "step": 4}) == IntParameter("x", 1, 9, step=4)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({}, "expected is one of int, float and choice"),
        ({"int": [1, 2], "choice": [1]}, "expected is one of int, float and choice"),
        ({"itn": [1, 2]}, "did you mean 'int'?"),
        ({None: [1, 2]}, "unknown key in x: None"),
        ({"choice": [1], "log": True}, "beside choice expected are when"),
        ({"float": [0, 1], "step": 2}, "beside float expected are log, when"),
        ({"int": [4, 1]}, "upside down; write it as [1, 4]"),
        ({"float": [1.0, 0.5]}, "upside down"),
        ({"int": 4}, "expected are two ends"),
        ({"int": [1, 2, 3]}, "expected are two ends"),
        ({"int": [1, 2.5]}, "expected are whole numbers"),
        ({"int": [True, 2]}, "expected are whole numbers"),
        ({"int": ["one", 2]}, "expected are whole numbers"),
        ({"int": [1, 9], "step": 0}, "expected is 1 or more"),
        ({"int": [1, 9], "step": 2, "log": True}, "both log and step"),
        ({"int": [0, 9], "log": True}, "a log range starts above 0"),
        ({"float": ["low", 1]}, "expected are finite numbers"),
        ({"float": [0, float("inf")]}, "expected are finite numbers"),
        ({"float": [float("nan"), 1]}, "expected are finite numbers"),
        ({"float": [0, 10**400]}, "expected are finite numbers"),
        ({"float": [0.0, 1.0], "log": True}, "a log range starts above 0"),
        ({"float": [0.1, 1.0], "log": "yes"}, "expected is true or false"),
        ({"choice": []}, "expected is a list of values"),
        ({"choice": "kmeans"}, "expected is a list of values"),
        ({"choice": [None]}, "expected are plain words"),
        ({"choice": [["a"]]}, "expected are plain words"),
        ({"int": [1, 2], "when": ["y"]}, "expected are keys with values"),
        ({"int": [1, 2], "when": {"y": []}}, "has no values"),
        ({"int": [1, 2], "when": {"y": {"z": 1}}}, "expected are plain words"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_one_line(spec: dict[Any, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_parameter("x", spec)
    assert said in str(refused.value)
    assert "x" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("parameter", "examples"),
    [
        (IntParameter("x", 1, 16), tuple(range(1, 17))),
        (IntParameter("x", 1, 17), (1, 17)),
        (IntParameter("x", 1, 31, step=2), tuple(range(1, 32, 2))),
        (IntParameter("x", 3, 3), (3,)),
        (FloatParameter("x", 0.5, 2.0), (0.5, 2.0)),
        (FloatParameter("x", 0.5, 0.5), (0.5,)),
        (ChoiceParameter("x", ("b", "a")), ("b", "a")),
    ],
)
def test_a_short_range_is_listed_and_a_long_one_stands_for_its_ends(
    parameter: Parameter, examples: tuple[Any, ...]
) -> None:
    assert parameter.examples() == examples


def test_only_values_that_a_trial_can_hit_can_be_waited_for() -> None:
    steps = IntParameter("x", 1, 9, step=2)
    assert steps.takes(3)
    assert not steps.takes(4)
    assert not steps.takes(True)
    assert ChoiceParameter("x", ("a",)).takes("a")
    assert not ChoiceParameter("x", ("a",)).takes("b")
    assert not FloatParameter("x", 0.0, 1.0).takes(0.5)


@pytest.mark.parametrize(
    "parameter",
    [
        IntParameter("x", 1, 9, step=2, when=CONDITIONAL),
        FloatParameter("x", 1e-4, 1e-2, log=True),
        ChoiceParameter("x", ("a", 3, True)),
    ],
)
def test_a_parameter_comes_back_from_json(parameter: Parameter) -> None:
    recorded = SearchSpace("tiny", (parameter,), {}, {}).to_json()
    assert next(iter(recorded["parameters"][0])) == "kind"
    assert json.loads(json.dumps(recorded)) == recorded
    assert SearchSpace.from_json(recorded).parameters == (parameter,)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "sets"}, {"kind": None}, {"low": 3, "high": 1}, {"step": 0}, {"log": 1}, {"low": 1.5}, 
        {"path": "../x"}, {"when": {"../x": [1]}}, {"when": {"y": 1}}, {"more": 1}, {"choices": [1]},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_parameter_does_not_come_back(changes: dict[str, Any]) -> None:
    recorded = SearchSpace("tiny", (IntParameter("x", 1, 9),), {}, {}).to_json()
    recorded["parameters"][0] |= changes
    with pytest.raises(ValueError, match="^parameters.0") as refused:
        SearchSpace.from_json(recorded)
    assert "\n" not in str(refused.value)
