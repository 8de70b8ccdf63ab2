"""Start Keras without the messages that its backend's native libraries write to the terminal."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile

_NATIVE_STDERR = 2


def import_keras_quietly() -> None:
    """Import Keras and let its backend look for devices; show what it writes only where that fails.

    TensorFlow's libraries write to file descriptor 2 before `TF_CPP_MIN_LOG_LEVEL` has any effect. Who sets
    it to 0 or 1 asks for such messages and gets them all.
    """
    if "keras" in sys.modules:
        return
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1"):
        return _start_keras()
    # It warns of tracing a last, smaller batch of every model anew, which is meant to be.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        terminal = os.dup(_NATIVE_STDERR)
    except OSError:  # closed: nobody would see the messages
        return _start_keras()
    with tempfile.TemporaryFile() as messages, os.fdopen(terminal, "wb") as stderr:
        os.dup2(messages.fileno(), _NATIVE_STDERR)
        try:
            _start_keras()
        except BaseException:
            messages.seek(0)
            shutil.copyfileobj(messages, stderr)
            raise
        finally:
            os.dup2(terminal, _NATIVE_STDERR)


def _start_keras() -> None:
    import keras

    keras.ops.zeros(())  # the first tensor makes TensorFlow look for devices
