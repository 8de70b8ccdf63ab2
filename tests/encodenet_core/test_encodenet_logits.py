"""The scores of the second stage come from features that are at hand, and are those of the whole model."""

from __future__ import annotations

import numpy as np
import pytest
from untrained_networks import random_dataset, untrained

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import Dataset
from encodenet_core.encodenet import EncodeNet, fit_encodenet
from encodenet_core.evaluation import classify_dataset
from encodenet_core.models.inference import predict
from encodenet_core.models.split import clone_with_weights
from encodenet_core.training.watch import keep_silent


def config_of(**classifier: int) -> EncodeNetConfig:
    values = {"training.epochs": 2, **classifier}
    return build_config({f"classifier.{name}": value for name, value in values.items()})


def second_stage(config: EncodeNetConfig, dataset: Dataset) -> EncodeNet:
    baseline = untrained(config, dataset)
    encoder = clone_with_weights(baseline.parts.feature_extractor)
    return fit_encodenet(config, dataset, baseline, (encoder, None), keep_silent)


@pytest.mark.parametrize("side", [16, 72])  # of the larger images fewer are predicted at once
def test_known_logits_are_those_of_the_whole_model_to_the_bit(side: int) -> None:
    dataset = random_dataset((side, side, 3), 10)
    fitted = second_stage(config_of(), dataset)
    for name, split in (("train", dataset.train), ("validation", dataset.validation)):
        np.testing.assert_array_equal(fitted.logits[name], predict(fitted.model, split.images))
    known = classify_dataset(fitted.model, dataset, known=fitted.logits)
    assert known == classify_dataset(fitted.model, dataset)


def test_they_are_taken_in_the_place_of_a_pass_over_the_images() -> None:
    dataset = random_dataset((16, 16, 3), 4)
    fitted = second_stage(config_of(), dataset)
    wrong = {"validation": np.eye(4, dtype=np.float32)[(dataset.validation.labels + 1) % 4]}
    scores = classify_dataset(fitted.model, dataset, known=wrong)
    assert scores.validation_accuracy == 0
    assert scores.train_accuracy == classify_dataset(fitted.model, dataset).train_accuracy


def test_of_an_encoder_that_was_trained_on_nothing_is_known() -> None:
    fitted = second_stage(config_of(unfreeze_after=1), random_dataset((16, 16, 3), 4))
    assert fitted.logits == {}
