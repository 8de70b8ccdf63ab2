"""What a converting autoencoder is worth in the middle of its fit, from a fixed part of the images.

EncodeNet's accuracy is known only after its second stage. A linear classifier on the same pooled features
that the second stage sees, in closed form, ranks encoders at a small part of that cost.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.evaluation import share_retrieved
from encodenet_core.models.inference import predict
from encodenet_core.models.split import split_leading_layers
from encodenet_core.targets import Targets

MOST_IMAGES = 1000
"""So many images are looked at in each of the three ways below, if that many are there."""

TAUGHT, CLASSIFIED, CONVERTED = 1 / 8, 1 / 5, 1 / 10
"""The linear classifier learns from as many training images as these shares of the training split, and is
measured on as many validation images; as many of these are converted. An epoch passes over the whole split
forward and backward: so a probe takes less than a tenth of it."""

RIDGE = 1e-2
"""The penalty on the squared weights, as a share of the number of images; features have unit variance."""


def build_probe(
    encoder: keras.Model, decoder: keras.Model, classifier: keras.Model, dataset: Dataset, targets: Targets
) -> Callable[[], dict[str, float]]:
    """A function that measures what encoder and decoder have become, always on the same images.

    Args:
        encoder: images to features, which the fit changes.
        decoder: features to images, likewise.
        classifier: classification layers of the same features; only the leading ones that have no weights
            are used.
        dataset: gives images of every class of its training and validation split.
        targets: what the validation images should become.

    Returns:
        A function of nothing to `mse` and `retrieval` of the validation images, `probe_accuracy` of a ridge
        regression on them, and `probe_seconds`.
    """
    pooling, _ = split_leading_layers(classifier)
    n_train, n_classes = len(dataset.train.images), dataset.num_classes
    taught = _part(dataset.train, TAUGHT * n_train, n_classes)
    classified = _part(dataset.validation, CLASSIFIED * n_train, n_classes)
    converted = _part(dataset.validation, CONVERTED * n_train, n_classes)
    place = np.searchsorted(classified, converted)
    shown, lesson = dataset.validation.images[classified], dataset.train.images[taught]
    labels, wanted = dataset.validation.labels, targets.validation(converted)

    def probe() -> dict[str, float]:
        started = perf_counter()
        features = predict(encoder, shown)
        pixels = predict(decoder, features[place])
        known, unknown = predict(pooling, predict(encoder, lesson)), predict(pooling, features)
        accuracy = ridge_accuracy(known, dataset.train.labels[taught], unknown, labels[classified])
        return {
            "mse": float(np.mean(np.square(pixels - wanted, dtype=np.float64))),
            "retrieval": share_retrieved(pixels, labels[converted], targets),
            "probe_accuracy": accuracy,
            "probe_seconds": perf_counter() - started,
        }

    return probe


def ridge_accuracy(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    new_features: NDArray[np.float32],
    new_labels: NDArray[np.int64],
) -> float:
    """The share of new samples that a ridge regression on one-hot labels classifies correctly.

    Args:
        features: `(n_samples, n_channels)` to learn from, or with more axes, which are flattened.
        labels: `(n_samples,)`.
        new_features: `(n_new, n_channels)`.
        new_labels: `(n_new,)`.
    """
    known, unknown = (
        np.asarray(each, np.float64).reshape(len(each), -1) for each in (features, new_features)
    )
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    known, unknown = (known - mean) / scale, (unknown - mean) / scale
    classes = np.unique(labels)
    one_hot = np.asarray(labels[:, np.newaxis] == classes, np.float64)
    shares = one_hot.mean(axis=0)
    penalty = RIDGE * len(known) * np.eye(known.shape[1])
    weights = np.linalg.solve(known.T @ known + penalty, known.T @ (one_hot - shares))
    guessed = classes[np.argmax(unknown @ weights + shares, axis=1)]
    return float(np.mean(guessed == new_labels))


def _part(split: Split, wanted: float, num_classes: int) -> NDArray[np.int64]:
    """The first images of each class, as many of each, sorted; at least one of every class."""
    per_class = max(1, round(min(wanted, MOST_IMAGES) / num_classes))
    members = (np.flatnonzero(split.labels == label)[:per_class] for label in range(num_classes))
    return np.sort(np.concatenate(list(members)))
