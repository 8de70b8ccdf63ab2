from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pytest

from encodenet_core.io.types import check_fields, check_printable, check_type


@dataclass(frozen=True)
class Told:
    number: int
    state: Literal["completed", "pruned"] = "completed"
    metrics: Mapping[str, float] | None = None


@pytest.mark.parametrize(
    "told", [Told(3), Told(0, "pruned", {}), Told(1, metrics={"mse": 1, "accuracy": 0.5})], ids=repr
)
def test_fields_of_the_right_types_pass(told: Told) -> None:
    check_fields(told)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told("../x"), "number is '../x': "),
        (Told(True), "number is True: "),
        (Told(1.5), "number is 1.5: "),
        (Told(1, "done"), "state is 'done': "),
        (Told(1, metrics=[1]), r"metrics is \[1\]: "),
        (Told(1, metrics={"mse": "0.5"}), "metrics.mse is '0.5': "),
    ],
)
def test_a_field_of_another_type_is_refused_by_its_name(told: Told, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        check_fields(told)
    assert "\n" not in str(refused.value)


def test_a_value_is_held_against_any_type() -> None:
    check_type({"a": 1.0}, dict[str, float], "values")
    with pytest.raises(ValueError, match="values.a is None"):
        check_type({"a": None}, dict[str, float], "values")


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "\ud800", 3])
def test_what_would_steer_a_terminal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a name is"):
        check_printable(text, "a name")
