"""Image classifiers are fitted on smoothed labels, and the best validation epoch is remembered."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from encodenet_core.config_training import TrainingConfig
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.models.inference import predict
from encodenet_core.models.split import clone_with_weights
from encodenet_core.run_result import RunResult
from encodenet_core.training.classifiers import fit_image_classifier, sample_weights, smoothed_labels
from encodenet_core.training.fitting import FitPlan
from encodenet_core.training.watch import keep_silent


@pytest.mark.parametrize(("recipe", "right", "wrong"), [("fast", 0.925, 0.025), ("paper", 1.0, 0.0)])
def test_labels_are_smoothed_as_the_recipe_says(recipe: str, right: float, wrong: float) -> None:
    split = Split(np.zeros((3, 4, 4, 1), np.uint8), np.array([3, 0, 1]))
    training = TrainingConfig(recipe=recipe, epochs=1, batch_size=1, learning_rate=0.1)
    distributions = smoothed_labels(split, 4, "baseline", training)(np.array([2, 0]))
    expected = [[wrong, right, wrong, wrong], [wrong, wrong, wrong, right]]
    np.testing.assert_allclose(distributions, expected, rtol=1e-6)


def test_balanced_classes_count_the_same_in_the_loss(tiny_dataset: Dataset) -> None:
    train = tiny_dataset.train
    kept = np.flatnonzero((train.labels != 3) | (np.arange(len(train.labels)) % 2 == 0))
    uneven = replace(tiny_dataset, train=Split(train.images[kept], train.labels[kept]))
    assert sample_weights(uneven, None) is None
    weights = sample_weights(uneven, "balanced")
    assert weights is not None and len(weights) == len(kept)
    of_class = [weights[uneven.train.labels == label].sum() for label in range(10)]
    assert of_class == pytest.approx([len(kept) / 10] * 10)


def test_the_selected_weights_are_those_of_the_first_best_epoch(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    model = clone_with_weights(tiny_result.baseline.model)
    training = tiny_result.config.baseline.training.model_copy(update={"learning_rate": 1.0})
    seen: list[list[np.ndarray]] = []

    def remember(*arguments: object) -> bool:
        seen.append(model.get_weights())
        return True

    summary = fit_image_classifier(model, tiny_dataset, FitPlan("baseline", training), 0, remember)
    validation = tiny_dataset.validation
    measured = []
    for weights in seen:
        model.set_weights(weights)
        predicted = predict(model, validation.images).argmax(axis=1)
        measured.append(float(np.mean(predicted == validation.labels)))
    assert list(summary.accuracies) == measured
    assert len(set(measured)) > 1, "with such steps some epochs are worse than others"
    best = seen[measured.index(max(measured))]
    assert summary.selected_weights is not None
    for received, expected in zip(summary.selected_weights, best, strict=True):
        np.testing.assert_array_equal(received, expected)


def test_a_training_without_augmentation_is_a_programming_error(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    plan = FitPlan("classifier", TrainingConfig(epochs=1, batch_size=8, learning_rate=0.1))
    with pytest.raises(TypeError, match="training of a baseline"):
        fit_image_classifier(keras.Sequential(), tiny_dataset, plan, 0, keep_silent)
