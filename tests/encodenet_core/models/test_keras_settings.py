from __future__ import annotations

import keras

from encodenet_core.models.keras_settings import settle_keras


def test_settings_of_the_users_own_do_not_reach_what_is_built() -> None:
    keras.config.set_image_data_format("channels_first")
    keras.config.set_floatx("float16")
    try:
        settle_keras()
        layer = keras.layers.Conv2D(1, 3)
        assert layer.data_format == "channels_last"
        assert layer.dtype == keras.config.floatx() == "float32"
    finally:
        settle_keras()
