"""What this package counts on in Keras, whatever a user's `~/.keras/keras.json` says."""

from __future__ import annotations

import keras


def settle_keras() -> None:
    """Channels last, float32, and Keras's own smallest number."""
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
