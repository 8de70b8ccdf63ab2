"""Who leaves a network by its early exit, at which threshold, and what an image then costs (BranchyNet)."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import Logits
from encodenet_core.representatives import entropy_from_logits


def leave_early(logits: Logits, threshold: float) -> NDArray[np.bool_]:
    """Whether each image leaves: the entropy of its prediction at the early exit is below a threshold.

    Args:
        logits: of the early exit, `(n_samples, num_classes)`.
        threshold: nats.

    Returns:
        `(n_samples,)`; such images are easy, the others hard.
    """
    return entropy_from_logits(logits) < threshold


def choose_threshold(early: Logits, last: Logits, labels: NDArray[np.int64]) -> float:
    """The highest threshold at which no fewer images are classified correctly than by the last exit alone.

    Args:
        early: logits of the early exit for validation images, `(n_samples, num_classes)`.
        last: those of the last exit, the same.
        labels: `(n_samples,)`.

    Returns:
        Nats; one at which no image leaves where every other costs accuracy.
    """
    entropies = entropy_from_logits(early)
    order = np.argsort(entropies)
    gains = (early.argmax(axis=1) == labels).astype(np.int64) - (last.argmax(axis=1) == labels)
    gained = np.concatenate([[0], np.cumsum(gains[order])])
    thresholds = np.append(entropies[order], np.nextafter(entropies.max(), np.inf))
    n_leaving = np.searchsorted(entropies[order], thresholds)
    return float(thresholds[gained[n_leaving] >= 0].max())


def check_threshold(threshold: float, num_classes: int) -> None:
    """Refuse a threshold that no prediction is below, or every one.

    Raises:
        ConfigError: it is not above 0 and at most the entropy of a guess.
    """
    most = log(num_classes)
    if not 0 < threshold <= most:
        raise ConfigError(
            f"--threshold is {threshold:g} nats, but expected is above 0 and at most {most:.3f}, the entropy "
            f"of a guess among {num_classes} classes; without the option it is chosen on validation images"
        )


def expected_cost(first: float, rest: float, exit_rate: float) -> float:
    """What an image costs on average that always goes through the first part and, if it stays, the rest."""
    return first + (1 - exit_rate) * rest
