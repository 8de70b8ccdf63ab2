"""The accuracies of a classifier on validation images, under the names that they are recorded by."""

from __future__ import annotations

from decoder_search.space.metrics import ACCURACIES
from encodenet_core.evaluation import Classification


def accuracies_of(scores: Classification, prefix: str = "") -> dict[str, float]:
    """Each accuracy that was measured: the balanced one of uneven classes, of EncodeNet with its error.

    Args:
        scores: of the classifier.
        prefix: whose they are: nothing for EncodeNet, else the name of a reference and `_`.
    """
    measured: dict[str, float | None] = {
        ACCURACIES["plain"]: scores.validation_accuracy,
        ACCURACIES["balanced"]: scores.validation_balanced_accuracy,
    }
    if not prefix:
        measured["balanced_error"] = scores.validation_balanced_error
    return {f"{prefix}{name}": value for name, value in measured.items() if value is not None}
