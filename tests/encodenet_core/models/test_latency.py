from __future__ import annotations

import time

import keras
import pytest

from encodenet_core.models.latency import (
    ENOUGH_RUNS,
    RUNS,
    TURN,
    WARM_UP_RUNS,
    measure_latency,
    median_milliseconds,
)


def test_a_hundred_layers_take_longer_than_one() -> None:
    def network(depth: int) -> keras.Model:
        images = x = keras.Input((32, 32, 3))
        for _ in range(depth):
            x = keras.layers.Conv2D(8, 3, padding="same")(x)
        return keras.Model(images, x)

    shallow, deep = measure_latency(network(1)), measure_latency(network(100))
    assert 0 < 2 * shallow < deep


@pytest.mark.parametrize(("seconds", "timed"), [(0, RUNS), (60, ENOUGH_RUNS)])
def test_calls_are_timed_in_turns_often_enough_and_not_without_end(seconds: float, timed: int) -> None:
    made: list[str] = []
    calls = {name: lambda name=name: made.append(name) for name in "ab"}
    assert set(median_milliseconds(calls, seconds)) == {"a", "b"}
    turns = timed // TURN
    assert made == ["a"] * WARM_UP_RUNS + ["b"] * WARM_UP_RUNS + (["a"] * 4 + ["b"] * 4) * turns


def test_the_medians_are_in_milliseconds() -> None:
    medians = median_milliseconds(
        {"short": lambda: time.sleep(0.001), "long": lambda: time.sleep(0.01)}, seconds=0
    )
    assert 1 <= medians["short"] < medians["long"] < 1000
