"""Search for the decoder, the clusters and the targets with which EncodeNet improves a classifier.

`load_study` reads a study for a notebook. `DecoderHyperModel` is for scripts that run Keras Tuner themselves.
Both are resolved on first use, so that importing the package loads neither Keras Tuner nor Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decoder_search.engines.keras_tuner.hypermodel import DecoderHyperModel as DecoderHyperModel
    from decoder_search.views.notebook import load_study as load_study

_HOMES = {"DecoderHyperModel": "engines.keras_tuner.hypermodel", "load_study": "views.notebook"}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
