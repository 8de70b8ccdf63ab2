"""The precision in which layers compute; weights are float32 in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from encodenet_core.config import Precision


@contextmanager
def layers_in(precision: Precision) -> Iterator[None]:
    """Layers that are made inside compute in this precision, but for those that say otherwise."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
