"""How long a model takes for one image, and how that is measured."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import keras
import numpy as np

WARM_UP_RUNS = 3
RUNS = 30
ENOUGH_RUNS = 300
SECONDS = 1.0


def measure_latency(model: keras.Model) -> float:
    """The median time in milliseconds of one batch of one image, compiled, on the device in use.

    Other work on the same device makes it longer. The outputs are copied to the host each time.
    """
    image = np.zeros((1, *model.inputs[0].shape[1:]), np.float32)
    return median_milliseconds(lambda: model.predict_on_batch(image), seconds=0)


def median_milliseconds(call: Callable[[], object], seconds: float = SECONDS) -> float:
    """The median time of a call after a few unmeasured ones.

    It is made 30 times, and on until so many seconds are over or it was made 300 times.
    """
    for _ in range(WARM_UP_RUNS):
        call()
    times: list[float] = []
    begun = perf_counter()
    while len(times) < RUNS or (len(times) < ENOUGH_RUNS and perf_counter() - begun < seconds):
        started = perf_counter()
        call()
        times.append(perf_counter() - started)
    return 1000 * median(times)
