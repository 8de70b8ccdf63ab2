"""Search for the decoder, the clusters and the targets with which EncodeNet improves a classifier.

`DecoderHyperModel` is for scripts that run Keras Tuner themselves. It is resolved on first use, so that
importing the package loads neither Keras Tuner nor Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decoder_search.hypermodel import DecoderHyperModel as DecoderHyperModel

_HOMES = {"DecoderHyperModel": "hypermodel"}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
