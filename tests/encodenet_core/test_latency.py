from __future__ import annotations

import keras

from encodenet_core.latency import measure_latency


def test_a_hundred_layers_take_longer_than_one() -> None:
    def network(depth: int) -> keras.Model:
        images = x = keras.Input((32, 32, 3))
        for _ in range(depth):
            x = keras.layers.Conv2D(8, 3, padding="same")(x)
        return keras.Model(images, x)

    shallow, deep = measure_latency(network(1)), measure_latency(network(100))
    assert 0 < 2 * shallow < deep
