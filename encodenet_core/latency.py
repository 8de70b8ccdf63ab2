"""How long a model takes for one image."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import keras
import numpy as np

WARM_UP_RUNS = 3
RUNS = 30


def measure_latency(model: keras.Model) -> float:
    """The median time in milliseconds of one batch of one image, compiled, on the device in use.

    Other work on the same device makes it longer. The outputs are copied to the host each time.
    """
    image = np.zeros((1, *model.inputs[0].shape[1:]), np.float32)
    for _ in range(WARM_UP_RUNS):
        model.predict_on_batch(image)
    seconds = []
    for _ in range(RUNS):
        started = perf_counter()
        model.predict_on_batch(image)
        seconds.append(perf_counter() - started)
    return 1000 * median(seconds)
