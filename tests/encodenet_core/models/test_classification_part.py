"""The classification part is renewed or replaced; the encoder in front of it stays."""

from __future__ import annotations

from typing import get_args

import keras
import numpy as np
import pytest

from encodenet_core.config_conversion import ClassificationPart
from encodenet_core.models.classification_part import CLASSIFICATION_PARTS, PART_MACS
from encodenet_core.models.inference import predict
from encodenet_core.models.macs import count_macs
from encodenet_core.models.split import clone_with_weights, split_classifier
from encodenet_core.run_result import RunResult


def test_every_part_is_implemented() -> None:
    assert set(CLASSIFICATION_PARTS) == set(PART_MACS) == set(get_args(ClassificationPart))


@pytest.mark.parametrize("part", get_args(ClassificationPart))
def test_a_part_is_new_and_follows_the_same_encoder(part: ClassificationPart, tiny_result: RunResult) -> None:
    baseline = tiny_result.baseline
    model = clone_with_weights(baseline.model)
    keras.utils.set_random_seed(1)
    whole, parts = CLASSIFICATION_PARTS[part](model, split_classifier(model))
    images = tiny_result.dataset.validation.images
    features = predict(baseline.parts.feature_extractor, images)
    np.testing.assert_array_equal(predict(parts.feature_extractor, images), features)
    np.testing.assert_allclose(predict(parts.classifier, features), predict(whole, images), atol=1e-5)
    assert not np.allclose(predict(whole, images), predict(baseline.model, images), atol=0.1)


@pytest.mark.parametrize("part", get_args(ClassificationPart))
def test_a_part_is_counted_as_it_is_built_and_nothing_is_built_for_it(
    part: ClassificationPart, tiny_result: RunResult
) -> None:
    model = clone_with_weights(tiny_result.baseline.model)
    given = split_classifier(model)
    features = given.feature_extractor.outputs[0]
    before = len(features._keras_history.operation._outbound_nodes)
    counted = PART_MACS[part](given)
    assert len(features._keras_history.operation._outbound_nodes) == before
    whole, parts = CLASSIFICATION_PARTS[part](model, given)
    assert counted == count_macs(parts.classifier)
    assert counted + count_macs(parts.feature_extractor) == count_macs(whole)


def test_the_convolutional_part_has_a_filter_for_four_channels(tiny_result: RunResult) -> None:
    model = clone_with_weights(tiny_result.baseline.model)
    _, parts = CLASSIFICATION_PARTS["convolutional"](model, split_classifier(model))
    # Features (4, 4, 64): 16 filters of 3 x 3 x 64 with biases, then 4 x 4 x 16 inputs to 10 classes.
    assert parts.classifier.count_params() == 16 * (9 * 64 + 1) + 10 * (4 * 4 * 16 + 1)
