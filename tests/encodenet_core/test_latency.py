from __future__ import annotations

import time

import keras
import pytest

from encodenet_core.latency import ENOUGH_RUNS, RUNS, WARM_UP_RUNS, measure_latency, median_milliseconds


def test_a_hundred_layers_take_longer_than_one() -> None:
    def network(depth: int) -> keras.Model:
        images = x = keras.Input((32, 32, 3))
        for _ in range(depth):
            x = keras.layers.Conv2D(8, 3, padding="same")(x)
        return keras.Model(images, x)

    shallow, deep = measure_latency(network(1)), measure_latency(network(100))
    assert 0 < 2 * shallow < deep


@pytest.mark.parametrize(("seconds", "calls"), [(0, RUNS), (60, ENOUGH_RUNS)])
def test_a_call_is_timed_often_enough_and_not_without_end(seconds: float, calls: int) -> None:
    made: list[None] = []
    median_milliseconds(lambda: made.append(None), seconds)
    assert len(made) == WARM_UP_RUNS + calls


def test_the_median_is_in_milliseconds() -> None:
    assert 2 <= median_milliseconds(lambda: time.sleep(0.002), seconds=0) < 50
