"""Keras and what converts its models, without the messages that native libraries write to the terminal."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_NATIVE_STDERR = 2

_FOR_OTHERS = ("matplotlib", "pandas", "sklearn")
"""Packages that Keras imports where they are installed, for parts of it that nothing here uses."""


def import_keras_quietly(*, whole: bool = True) -> None:
    """Import Keras and let its backend look for devices; show what it writes only where that fails.

    TensorFlow's libraries write to file descriptor 2 before `TF_CPP_MIN_LOG_LEVEL` has any effect. Who sets
    it to 0 or 1 asks for such messages and gets them all.

    Args:
        whole: False is for processes of our own alone: it saves them the packages that Keras would import
            for its wrappers of scikit-learn, for frames of pandas and for its galleries of images.
    """
    if "keras" in sys.modules:
        return
    # It warns of tracing a last, smaller batch of every model anew, which is meant to be.
    if not _messages_are_wanted():
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with without_native_messages(), _as_if_absent(() if whole else _FOR_OTHERS):
        _start_keras()


@contextmanager
def without_tracing_warnings() -> Iterator[None]:
    """Hold back what TensorFlow logs where many models in a row are traced, each for its first batch."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_tracing_warning)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_tracing_warning)


def _is_no_tracing_warning(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in str(record.msg)


@contextmanager
def without_native_messages() -> Iterator[None]:
    """Hold back what is written to file descriptor 2 inside, and show it only where that fails."""
    try:
        terminal = None if _messages_are_wanted() else os.dup(_NATIVE_STDERR)
    except OSError:  # closed: nobody would see the messages
        terminal = None
    if terminal is None:
        yield
        return
    with tempfile.TemporaryFile() as messages, os.fdopen(terminal, "wb") as stderr:
        os.dup2(messages.fileno(), _NATIVE_STDERR)
        try:
            yield
        except BaseException:
            messages.seek(0)
            shutil.copyfileobj(messages, stderr)
            raise
        finally:
            os.dup2(terminal, _NATIVE_STDERR)


@contextmanager
def _as_if_absent(packages: Iterable[str]) -> Iterator[None]:
    """Let an import of packages that are not loaded yet fail inside, which saves its time."""
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None forbids an import
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def _messages_are_wanted() -> bool:
    return os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1")


def _start_keras() -> None:
    import keras

    keras.ops.zeros(())  # the first tensor makes TensorFlow look for devices
