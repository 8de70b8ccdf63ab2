"""How long a model takes for one image, and how that is measured."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from statistics import median
from time import perf_counter
from typing import TypeVar

import keras
import numpy as np

WARM_UP_RUNS = 3
RUNS = 30
ENOUGH_RUNS = 300
SECONDS = 1.0
TURN = 3
"""How often a call is timed before it is the turn of the next one."""

Key = TypeVar("Key", bound=Hashable)


def measure_latency(model: keras.Model) -> float:
    """The median time in milliseconds of one batch of one image, compiled, on the device in use.

    Other work on the same device makes it longer. The outputs are copied to the host each time.
    """
    image = np.zeros((1, *model.inputs[0].shape[1:]), np.float32)
    return median_milliseconds({"model": lambda: model.predict_on_batch(image)}, seconds=0)["model"]


def median_milliseconds(
    calls: Mapping[Key, Callable[[], object]], seconds: float = SECONDS
) -> dict[Key, float]:
    """The median time of each call, taken in turns, so that other work on the machine slows all alike.

    Args:
        calls: what to time. Each is timed 30 times, and on until it took so many seconds or 300 times; the
            first calls, and the first of every turn, are not counted.
        seconds: for each call.
    """
    for call in calls.values():
        for _ in range(WARM_UP_RUNS):
            call()
    times: dict[Key, list[float]] = {key: [] for key in calls}
    while waiting := [key for key in calls if not _is_enough(times[key], seconds)]:
        for key in waiting:
            calls[key]()
            for _ in range(TURN):
                started = perf_counter()
                calls[key]()
                times[key].append(perf_counter() - started)
    return {key: 1000 * median(taken) for key, taken in times.items()}


def _is_enough(times: list[float], seconds: float) -> bool:
    return len(times) >= RUNS and (len(times) >= ENOUGH_RUNS or sum(times) >= seconds)
