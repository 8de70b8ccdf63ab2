"""How evenly images are shared out over classes, and what makes up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNEVEN = 1.5
"""Classes are uneven where the largest has more than so many times the images of the smallest."""


@dataclass(frozen=True)
class ClassBalance:
    """The names of the smallest and the largest class, and how many training images each has."""

    smallest: str
    n_smallest: int
    largest: str
    n_largest: int

    @property
    def is_uneven(self) -> bool:
        """Whether an accuracy says too little of the small classes."""
        return self.n_largest > UNEVEN * self.n_smallest

    def in_words(self) -> str:
        """What somebody should know who reads an accuracy on such classes, in a line."""
        return (
            f"uneven classes: {self.n_smallest:,} training images of {self.smallest!r}, {self.n_largest:,} "
            f"of {self.largest!r}; balanced accuracy, the mean over classes, is shown too"
        )


def balance_of(labels: NDArray[np.int64], class_names: Sequence[str]) -> ClassBalance:
    """The balance of training labels `(n_samples,)`; of equal classes the first counts."""
    counts = np.bincount(labels, minlength=len(class_names))
    smallest, largest = int(counts.argmin()), int(counts.argmax())
    return ClassBalance(
        class_names[smallest], int(counts[smallest]), class_names[largest], int(counts[largest])
    )


def balanced_weights(labels: NDArray[np.int64], num_classes: int) -> NDArray[np.float32]:
    """What an image of each class counts in a loss, `(num_classes,)`, so that all classes count the same.

    These are scikit-learn's, n_samples / (num_classes * count): over all images their mean is 1.
    """
    counts = np.bincount(labels, minlength=num_classes)
    return (len(labels) / (num_classes * np.maximum(counts, 1))).astype(np.float32)
