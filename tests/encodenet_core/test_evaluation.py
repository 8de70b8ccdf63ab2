"""Accuracy, cross-entropy, reconstruction and retrieval, worked out by hand."""

from __future__ import annotations

import math
import warnings
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from sklearn.metrics import balanced_accuracy_score

from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.evaluation import (
    balanced_accuracy,
    classify_dataset,
    measure_reconstruction,
    pixel_variance,
    score_logits,
)
from encodenet_core.targets import TargetImages, Targets

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (300, 2, 3, 3), np.uint8)
LABELS = RNG.integers(0, 2, 300)


def make_targets(train: Any, validation: Any, representatives: Any, classes: list[int]) -> Targets:
    """Targets in which every sample has a picture of its own."""
    return Targets(
        TargetImages(train, np.arange(len(train))),
        TargetImages(validation, np.arange(len(validation))),
        representatives,
        np.array(classes),
    )


def constant_image(value: int, n_images: int = 1) -> Any:
    return np.full((n_images, 2, 3, 3), value, np.uint8)


def build_autoencoder(*steps: Any) -> keras.Model:
    return keras.Sequential([keras.Input((2, 3, 3)), *steps])


IDENTITY = build_autoencoder(layers.Identity())
BLACK_AND_WHITE = np.concatenate([constant_image(0), constant_image(255)])


def make_dataset() -> Dataset:
    train, validation = Split(IMAGES[:200], LABELS[:200]), Split(IMAGES[200:], LABELS[200:])
    return Dataset("noise", train, validation, None, ("a", "b"), flip=True, fingerprint="")


def test_two_of_three_predictions_are_right() -> None:
    logits = np.log([[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.25, 0.5, 0.25]])
    accuracy, cross_entropy = score_logits(logits, np.array([0, 1, 2]))
    assert accuracy == pytest.approx(2 / 3)
    assert cross_entropy == pytest.approx(-(math.log(0.7) + math.log(0.5) + math.log(0.25)) / 3)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_balanced_accuracy_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are predicted only
        expected = balanced_accuracy_score(truth, predicted)
    assert balanced_accuracy(truth == predicted, truth)[0] == pytest.approx(expected)


def test_the_error_of_a_balanced_accuracy_is_that_of_a_mean_of_shares() -> None:
    labels = np.repeat([0, 1], [100, 4])
    is_right = np.concatenate([np.arange(100) < 90, [True, True, False, False]])
    mean, error = balanced_accuracy(is_right, labels)
    assert mean == pytest.approx((0.9 + 0.5) / 2)
    assert error == pytest.approx(math.sqrt(0.9 * 0.1 / 100 + 0.5 * 0.5 / 4) / 2)


def test_only_differences_of_logits_count() -> None:
    logits = np.array([[1.0, 2.5], [0.0, -1.0]])
    labels = np.array([0, 0])
    assert score_logits(logits + 1e6, labels) == pytest.approx(score_logits(logits, labels))


def test_extreme_logits_neither_overflow_nor_vanish() -> None:
    logits = np.array([[1e4, -1e4], [-3e38, 3e38]], np.float32)
    assert score_logits(logits[:1], np.array([0])) == (1.0, 0.0)
    assert score_logits(logits[:1], np.array([1])) == (0.0, 2e4)
    accuracy, cross_entropy = score_logits(logits[1:], np.array([0]))
    assert accuracy == 0.0
    assert cross_entropy == pytest.approx(6e38, rel=1e-6)


def test_chance_costs_the_logarithm_of_the_number_of_classes() -> None:
    _, cross_entropy = score_logits(np.zeros((5, 10), np.float32), np.arange(5))
    assert cross_entropy == pytest.approx(math.log(10))


def test_every_split_is_scored_with_its_own_labels() -> None:
    # The logits are the first two pixels of the upper left corner's colour, so the label is their order.
    model = build_autoencoder(layers.Cropping2D(((0, 1), (0, 2))), layers.Flatten(), layers.Dense(2))
    kernel, bias = np.eye(3, 2, dtype=np.float32), np.zeros(2, np.float32)
    model.set_weights([kernel, bias])
    labels = (IMAGES[:, 0, 0, 1] > IMAGES[:, 0, 0, 0]).astype(int)
    dataset = Dataset(
        "noise",
        train=Split(IMAGES[:200], labels[:200]),
        validation=Split(IMAGES[200:250], 1 - labels[200:250]),
        test=Split(IMAGES[250:], np.where(np.arange(50) < 10, 1 - labels[250:], labels[250:])),
        class_names=("a", "b"),
        flip=True,
        fingerprint="",
    )
    scores = classify_dataset(model, dataset)
    assert scores.train_accuracy == 1.0
    assert scores.validation_accuracy == 0.0
    assert scores.test_accuracy == pytest.approx(0.8)
    pixels = IMAGES[200:250, 0, 0, :2] / 255
    lost = np.abs(pixels[:, 0] - pixels[:, 1])
    assert scores.validation_cross_entropy == pytest.approx(np.mean(np.log1p(np.exp(lost))), rel=1e-5)
    assert scores.parameters == 8


def test_without_a_test_split_there_are_no_test_scores() -> None:
    model = build_autoencoder(layers.GlobalAveragePooling2D(), layers.Dense(2))
    scores = classify_dataset(model, make_dataset())
    assert (scores.test_accuracy, scores.test_cross_entropy) == (None, None)


def test_the_identity_reconstructs_itself_perfectly() -> None:
    dataset = make_dataset()
    targets = make_targets(dataset.train.images, dataset.validation.images, BLACK_AND_WHITE, [0, 1])
    received = measure_reconstruction(IDENTITY, dataset.validation, targets)
    assert received.mse == 0.0
    assert received.explained_variance == 1.0
    assert received.n_targets == 200
    mean = dataset.train.images.mean(axis=0) / 255
    expected = np.mean((dataset.validation.images / 255 - mean) ** 2)
    assert received.target_variance == pytest.approx(expected, rel=1e-5)


def test_the_mean_target_explains_nothing() -> None:
    # The mean of the training targets is (1/3, 0, 1) everywhere; validation targets are as far from it.
    colours = np.array([[255, 0, 255], [0, 0, 255], [0, 0, 255]], np.uint8)
    pictures = np.broadcast_to(colours[:, None, None, :], (3, 2, 3, 3)).copy()
    autoencoder = build_autoencoder(layers.Rescaling(0.0, offset=[1 / 3, 0.0, 1.0]))
    targets = make_targets(pictures, pictures, BLACK_AND_WHITE, [0, 1])
    received = measure_reconstruction(autoencoder, Split(IMAGES[:3], LABELS[:3]), targets)
    assert received.mse == pytest.approx((4 / 9 + 2 * 1 / 9) / 3 / 3)
    assert received.explained_variance == pytest.approx(0.0, abs=1e-6)


def test_worse_than_the_mean_explains_less_than_nothing() -> None:
    pictures = np.concatenate([constant_image(0), constant_image(255)])
    autoencoder = build_autoencoder(layers.Rescaling(-1.0, offset=1.0))
    targets = make_targets(pictures, pictures, BLACK_AND_WHITE, [0, 1])
    received = measure_reconstruction(autoencoder, Split(pictures, np.array([0, 1])), targets)
    # Black for white and white for black: an error of 1 where the mean grey has one of 1/4.
    assert received.mse == 1.0
    assert received.explained_variance == pytest.approx(-3.0)
    assert received.retrieval == 0.0


def test_one_constant_target_is_explained_wholly_or_not_at_all() -> None:
    pictures = constant_image(0, 4)
    targets = make_targets(pictures, pictures, BLACK_AND_WHITE, [0, 1])
    validation = Split(constant_image(0, 4), np.zeros(4, int))
    assert measure_reconstruction(IDENTITY, validation, targets).explained_variance == 1.0
    wrong = build_autoencoder(layers.Rescaling(1.0, offset=0.5))
    assert measure_reconstruction(wrong, validation, targets).explained_variance == 0.0


def test_retrieval_is_the_share_nearest_to_a_representative_of_its_own_class() -> None:
    # Representatives are 0 and 100 for class 0, 200 for class 1: borders lie at 50 and 150.
    representatives = np.concatenate([constant_image(0), constant_image(100), constant_image(200)])
    images = np.concatenate([constant_image(value) for value in (10, 149, 151, 255, 140)])
    labels = np.array([0, 0, 1, 0, 1])
    targets = make_targets(images, images, representatives, [0, 0, 1])
    received = measure_reconstruction(IDENTITY, Split(images, labels), targets)
    # Right are 10 (0), 149 (0) and 151 (1); 255 is taken for class 1 and 140 for class 0.
    assert received.retrieval == pytest.approx(3 / 5)


def test_shared_targets_are_counted_once_and_weighted_by_their_images() -> None:
    pictures = np.concatenate([constant_image(0), constant_image(255), constant_image(90)])
    shared = TargetImages(pictures, np.array([0, 0, 0, 1]))
    targets = Targets(shared, TargetImages(pictures, np.array([1])), BLACK_AND_WHITE, np.array([0, 1]))
    received = measure_reconstruction(IDENTITY, Split(constant_image(255), np.array([1])), targets)
    assert received.n_targets == 2
    # The mean target is 1/4, the only validation target 1.
    assert received.target_variance == pytest.approx((3 / 4) ** 2)


def test_reconstruction_is_measured_over_more_than_one_batch() -> None:
    targets = make_targets(IMAGES, IMAGES, BLACK_AND_WHITE, [0, 1])
    halved = build_autoencoder(layers.Rescaling(0.5))
    received = measure_reconstruction(halved, Split(IMAGES, LABELS), targets)
    assert received.mse == pytest.approx(np.mean((IMAGES / 255 / 2) ** 2), rel=1e-5)


def test_pixel_variance_is_that_of_numpy() -> None:
    expected = (make_dataset().train.images / 255).var(axis=0).mean()
    assert pixel_variance(make_dataset()) == pytest.approx(expected, rel=1e-5)


def test_balanced_accuracy_is_measured_where_classes_are_uneven() -> None:
    model = build_autoencoder(layers.Cropping2D(((0, 1), (0, 2))), layers.Flatten(), layers.Dense(2))
    model.set_weights(
        [np.zeros((3, 2), np.float32), np.array([1, 0], np.float32)]
    )  # class 0, whatever it sees
    uneven, even = np.arange(200) % 4 == 0, np.arange(200) % 2 == 0
    validation = Split(IMAGES[200:], (np.arange(100) % 4 == 0).astype(int))
    for labels, expected in ((uneven, 0.5), (even, None)):
        train = Split(IMAGES[:200], labels.astype(int))
        dataset = Dataset("noise", train, validation, validation, ("a", "b"), flip=True, fingerprint="")
        scores = classify_dataset(model, dataset)
        assert scores.validation_accuracy == 0.75
        assert scores.validation_balanced_accuracy == scores.test_balanced_accuracy == expected
        assert scores.validation_balanced_error == (None if expected is None else 0.0)
        assert ("test_balanced_accuracy" in scores.to_json()) is (expected is not None)
