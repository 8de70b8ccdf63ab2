from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from encodenet_core.io.types import Count, Printable, Real, as_plain, known_keys_only, read_as


@known_keys_only
@dataclass(frozen=True)
class Trial:
    number: Count
    state: Literal["completed", "pruned"] = "completed"
    metrics: Mapping[str, Real] | None = None
    listed: tuple[str | int | None, ...] = ()
    name: Annotated[Printable, Field(alias="called")] = ""

    def __post_init__(self) -> None:
        if self.number == 13:
            raise ValueError("no trial brings bad luck")


@pytest.mark.parametrize(
    "trial", [Trial(3), Trial(0, "pruned", {}), Trial(1, listed=("a", 1, None), name="x")], ids=repr
)
def test_what_was_written_is_read_as_the_same_value(trial: Trial) -> None:
    assert read_as(Trial, as_plain(trial), "a trial") == trial
    assert list(as_plain(trial)) == ["number", "state", "metrics", "listed", "called"]


def test_a_whole_number_stays_one() -> None:
    metrics = {"mse": 1, "accuracy": 0.5}
    trial = read_as(Trial, {"number": 1, "metrics": metrics}, "a trial")
    assert repr(trial.metrics) == repr(as_plain(trial)["metrics"]) == repr(metrics)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "../x"}, "number is '../x': "),
        ({"number": True}, "number is True: "),
        ({"number": 1.5}, "number is 1.5: "),
        ({"number": -1}, "number is -1: "),
        ({"number": 13}, "a trial is .*: no trial brings bad luck"),
        ({"state": "done"}, "state is 'done': "),
        ({"metrics": [1]}, r"metrics is \[1\]: "),
        ({"metrics": {"mse": "0.5"}}, "metrics.mse.float is '0.5': Input should be a valid number"),
        ({"metrics": {"mse": True}}, "metrics.mse.float is True: "),
        ({"listed": "abc"}, "listed is 'abc': "),
        ({"called": "\x1b[31m"}, "called is .*: expected are characters that can be printed"),
        ({"called": "a\nb"}, "called is "),
        ({"called": "\ud800"}, "called is "),
        ({"called": 3}, "called is 3: "),
        ({"name": "x"}, "name is 'x': "),
        ({"more": 1}, "more is 1: "),
    ],
    ids=repr,
)
def test_a_value_of_another_type_is_refused_by_its_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        read_as(Trial, {"number": 1, **change}, "a trial")
    assert "\n" not in str(refused.value)
    assert type(refused.value) is ValueError


@pytest.mark.parametrize("plain", [None, [], 3, "x", {}])
def test_what_is_no_object_or_lacks_a_field_is_refused(plain: object) -> None:
    with pytest.raises(ValueError):
        read_as(Trial, plain, "a trial")
