from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from decoder_search.space.constraints import Constraint, broken, parse_constraints
from decoder_search.space.metrics import ALWAYS_MEASURED, CONSTRAINABLE
from encodenet_core.errors import ConfigError
from encodenet_core.io.types import as_plain, read_as


def test_a_violation_is_how_far_beyond_a_limit_a_value_is() -> None:
    between = Constraint("latency_ms", 1.0, 5.0)
    assert [between.violation(value) for value in (0.0, 1.0, 3.0, 5.0, 7.0)] == [1.0, 0.0, -2.0, 0.0, 2.0]
    assert Constraint("accuracy", minimum=0.5).violation(0.75) == -0.25
    assert Constraint("accuracy", maximum=0.5).violation(0.75) == 0.25


def test_what_is_broken_is_said_with_value_and_limit_and_what_was_not_measured_is_not() -> None:
    limits = (Constraint("decoder_parameters", maximum=2e6), Constraint("latency_ms", maximum=5.0))
    assert broken(limits, {"decoder_parameters": 2_000_000}) == []
    assert broken(limits, {"decoder_parameters": 3_000_000, "accuracy": 0.1}) == [
        "decoder_parameters is 3e+06, but the space wants decoder_parameters at most 2e+06"
    ]
    assert len(broken(limits, {"decoder_parameters": 3_000_000, "latency_ms": 6.0})) == 2


def test_both_limits_are_described_and_come_back_from_json() -> None:
    constraint = Constraint("latency_ms", 1.0, 5.0)
    assert constraint.describe() == "latency_ms at least 1 and at most 5"
    assert read_as(Constraint, as_plain(constraint), "a constraint") == constraint


def test_limits_are_read_as_numbers_even_where_yaml_reads_a_word_in_any_order() -> None:
    limits = parse_constraints(
        yaml.safe_load("{latency_ms: {max: 5}, decoder_parameters: {max: 2e6, min: '1'}}")
    )
    assert limits == (
        Constraint("decoder_parameters", 1.0, 2_000_000.0),
        Constraint("latency_ms", None, 5.0),
    )
    assert parse_constraints({}) == ()


def test_what_a_trial_measures_can_be_constrained() -> None:
    of_most = {"control_features_accuracy", "latency_ms", "macs"}
    assert {*ALWAYS_MEASURED, *of_most} == set(CONSTRAINABLE)
    assert [
        each.metric for each in parse_constraints({name: {"max": 1} for name in CONSTRAINABLE})
    ] == sorted(CONSTRAINABLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[latency_ms]", "expected are metrics with limits; write it as {decoder_parameters: {max: 2e6}}"),
        ("3", "constraints is 3, but expected are metrics with limits"),
        ("{latency: {max: 5}}", "unknown metric in constraints: 'latency'; did you mean 'latency_ms'?"),
        ("{7: {max: 5}}", "unknown metric in constraints: 7; known are mse"),
        (
            "{latency_ms: 5}",
            "latency_ms is 5, but expected are min, max or both; write it as {latency_ms: {max",
        ),
        ("{accuracy: {}}", "write it as {accuracy: {min: 0.9}}"),
        ("{latency_ms: {mx: 5}}", "unknown limit of latency_ms in constraints: 'mx'; did you mean 'max'?"),
        ("{latency_ms: {max: soon}}", "max of latency_ms is 'soon', but expected is a finite number"),
        ("{latency_ms: {max: null}}", "max of latency_ms is None, but expected is a finite number"),
        ("{latency_ms: {max: true}}", "max of latency_ms is True, but expected is a finite number"),
        ("{latency_ms: {max: .inf}}", "max of latency_ms is inf, but expected is a finite number"),
        (
            "{latency_ms: {min: 6, max: 5}}",
            "latency_ms has min 6 above max 5, which nothing can keep to; lower",
        ),
        (
            "{accuracy: {min: 90}}",
            "min of accuracy is 90, but expected is a share from 0 to 1; write 90 % as 0.9",
        ),
    ],
)
def test_constraints_that_make_no_sense_are_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_constraints(yaml.safe_load(text))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


numbers = st.integers() | st.floats() | st.text(max_size=4) | st.none() | st.booleans()
limits = st.dictionaries(st.sampled_from(["min", "max", "least"]), numbers, max_size=3)


@given(st.dictionaries(st.sampled_from([*CONSTRAINABLE, "speed"]), limits | numbers, max_size=3) | numbers)
def test_whatever_stands_there_is_constraints_or_a_one_line_error(spec: object) -> None:
    try:
        found = parse_constraints(spec)
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        assert all(each.violation(0.0) == each.violation(0.0) for each in found)
