"""How good a classifier and a converting autoencoder are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.data.pixels import to_unit_range
from encodenet_core.models.inference import evaluation_batches, infer, predict
from encodenet_core.models.split import set_weights
from encodenet_core.targets import TargetImages, Targets


@dataclass(frozen=True)
class Classification:
    """What one classifier scores. Accuracies are shares in [0, 1], cross-entropies nats.

    Those of the last epoch, but for `selected_test_accuracy`: of the epoch with the best validation accuracy.
    `parameters` is `count_params()`, moving statistics included. Test values are None where there is no
    test split, and the selected one where no epoch was selected. A balanced accuracy is the mean of the
    shares of each class that are classified correctly, `validation_balanced_error` its standard error; they
    are measured where classes are uneven.
    """

    train_accuracy: float
    validation_accuracy: float
    validation_cross_entropy: float
    test_accuracy: float | None
    test_cross_entropy: float | None
    parameters: int
    selected_test_accuracy: float | None = None
    validation_balanced_accuracy: float | None = None
    validation_balanced_error: float | None = None
    test_balanced_accuracy: float | None = None

    def to_json(self) -> dict[str, Any]:
        """What was measured as plain values; without balanced accuracies where classes are even."""
        return {
            name: value for name, value in asdict(self).items() if value is not None or "balanced" not in name
        }


@dataclass(frozen=True)
class Reconstruction:
    """How well validation images are turned into their targets.

    Attributes:
        mse: mean squared error of a pixel in [0, 1]; comparable within one clustering only.
        explained_variance: one minus `mse` over `target_variance`; 1 is perfect, 0 the mean target.
        retrieval: share of images whose reconstruction is nearest to a representative of their own class;
            comparable across clusterings.
        n_targets: how many different target images there are.
        target_variance: mean squared error of always answering with the mean training target.
    """

    mse: float
    explained_variance: float
    retrieval: float
    n_targets: int
    target_variance: float


Logits = NDArray[np.float32]
"""`(n_samples, num_classes)`."""


def classify_dataset(
    model: keras.Model,
    dataset: Dataset,
    selected_weights: Sequence[NDArray[Any]] | None = None,
    known: Mapping[str, Logits] = MappingProxyType({}),
) -> Classification:
    """The scores of a classifier of images on every split that the dataset has.

    Args:
        model: images to logits, after its last epoch.
        dataset: with or without its test split.
        selected_weights: of the same model after the epoch that the validation split selected.
        known: what the model gives for the splits `train` and `validation`, where that is known.
    """
    train, validation = (
        _score(known[name] if name in known else predict(model, split.images), split)
        for name, split in (("train", dataset.train), ("validation", dataset.validation))
    )
    test = None if dataset.test is None else _score(predict(model, dataset.test.images), dataset.test)
    is_uneven = dataset.balance.is_uneven
    return Classification(
        train_accuracy=train.accuracy,
        validation_accuracy=validation.accuracy,
        validation_cross_entropy=validation.cross_entropy,
        test_accuracy=None if test is None else test.accuracy,
        test_cross_entropy=None if test is None else test.cross_entropy,
        parameters=model.count_params(),
        selected_test_accuracy=_selected_accuracy(model, dataset, selected_weights),
        validation_balanced_accuracy=validation.balanced_accuracy if is_uneven else None,
        validation_balanced_error=validation.balanced_error if is_uneven else None,
        test_balanced_accuracy=test.balanced_accuracy if test and is_uneven else None,
    )


def _selected_accuracy(
    model: keras.Model, dataset: Dataset, selected_weights: Sequence[NDArray[Any]] | None
) -> float | None:
    if dataset.test is None or not selected_weights:
        return None
    selected = keras.models.clone_model(model)
    set_weights(selected, selected_weights)
    return _score(predict(selected, dataset.test.images), dataset.test).accuracy


@dataclass(frozen=True)
class _Scores:
    accuracy: float
    cross_entropy: float
    balanced_accuracy: float
    balanced_error: float


def _score(logits: Logits, split: Split) -> _Scores:
    is_right = logits.argmax(axis=1) == split.labels
    return _Scores(*score_logits(logits, split.labels), *balanced_accuracy(is_right, split.labels))


def score_logits(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Accuracy and mean cross-entropy (nats) of logits `(n_samples, num_classes)`, in float64."""
    scores = np.asarray(logits, np.float64)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    accuracy = float(np.mean(scores.argmax(axis=1) == labels))
    return accuracy, float(-np.mean(log_probabilities[np.arange(len(labels)), labels]))


def balanced_accuracy(is_right: NDArray[np.bool_], labels: NDArray[np.int64]) -> tuple[float, float]:
    """The mean of the shares of each class that are right, as scikit-learn has it, and its standard error.

    Args:
        is_right: `(n_samples,)`.
        labels: `(n_samples,)`; classes that do not occur count nothing.
    """
    counts = np.bincount(labels)
    occurring = counts > 0
    hits, counts = np.bincount(labels, weights=is_right)[occurring], counts[occurring]
    recalls = hits / counts
    error = np.sqrt(np.sum(recalls * (1 - recalls) / counts)) / len(counts)
    return float(recalls.mean()), float(error)


def measure_reconstruction(autoencoder: keras.Model, validation: Split, targets: Targets) -> Reconstruction:
    """Run the autoencoder over the validation images and compare with their targets."""
    mean_target = _mean_target(targets.train)
    representatives = to_unit_range(targets.representatives)
    squared_error = squared_deviation = 0.0
    hits = 0
    for batch in evaluation_batches(validation.images):
        images = to_unit_range(validation.images[batch])
        pixels = infer(autoencoder, images)
        wanted = targets.validation(np.arange(batch.start, batch.start + len(images)))
        squared_error += float(np.square(pixels - wanted, dtype=np.float64).sum())
        squared_deviation += float(np.square(wanted - mean_target, dtype=np.float64).sum())
        hits += _count_retrieved(pixels, validation.labels[batch], representatives, targets.classes)
    numbers = validation.images.size
    mse, variance = squared_error / numbers, squared_deviation / numbers
    return Reconstruction(
        mse=mse,
        explained_variance=1.0 - mse / variance if variance > 0 else float(mse == 0.0),
        retrieval=hits / len(validation.images),
        n_targets=len(np.unique(targets.train.ids)),
        target_variance=variance,
    )


def share_retrieved(pixels: NDArray[np.float32], labels: NDArray[np.int64], targets: Targets) -> float:
    """The share of reconstructions `(n, height, width, channels)` nearest to one of their class `(n,)`."""
    representatives = to_unit_range(targets.representatives)
    return _count_retrieved(pixels, labels, representatives, targets.classes) / len(pixels)


def _count_retrieved(
    pixels: NDArray[np.float32],
    labels: NDArray[np.int64],
    representatives: NDArray[np.float32],
    classes: NDArray[np.int64],
) -> int:
    nearest = _nearest(pixels.reshape(len(pixels), -1), representatives.reshape(len(representatives), -1))
    return int(np.sum(classes[nearest] == labels))


def _mean_target(train: TargetImages) -> NDArray[np.float64]:
    shares = np.bincount(train.ids, minlength=len(train.images)) / len(train.ids)
    mean = np.zeros(train.images.shape[1:])
    for batch in evaluation_batches(train.images):
        mean += np.tensordot(shares[batch], to_unit_range(train.images[batch]), axes=1)
    return mean


def _nearest(vectors: NDArray[np.float32], candidates: NDArray[np.float32]) -> NDArray[np.int64]:
    squared_lengths = np.square(candidates).sum(axis=1)
    nearest: NDArray[np.int64] = np.argmin(squared_lengths - 2.0 * vectors @ candidates.T, axis=1)
    return nearest


def pixel_variance(dataset: Dataset) -> float:
    """The mean squared distance of a training pixel in [0, 1] from the mean training image."""
    images = dataset.train.images
    everything = TargetImages(images, np.arange(len(images)))
    mean = _mean_target(everything)
    batches = evaluation_batches(images)
    total = sum(float(np.square(to_unit_range(images[batch]) - mean).sum()) for batch in batches)
    return total / images.size
