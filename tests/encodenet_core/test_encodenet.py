from __future__ import annotations

from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest
from untrained_networks import random_dataset, untrained

from encodenet_core.baseline import Baseline
from encodenet_core.config import Architecture, EncodeNetConfig
from encodenet_core.config_values import build_config, change_config
from encodenet_core.data.dataset import Dataset
from encodenet_core.encodenet import fit_encodenet
from encodenet_core.errors import Stopped
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.inference import predict
from encodenet_core.models.split import clone_with_weights, split_classifier, split_leading_layers
from encodenet_core.run_result import RunResult
from encodenet_core.training.watch import keep_silent

SMALL = {"small", "resnet9", "resnet20", "vgg8"}
"""Architectures that are built, copied and run within a second."""


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(name, marks=() if name in SMALL else pytest.mark.slow) for name in get_args(Architecture)],
)
def test_encodenet_has_exactly_the_parameters_of_its_baseline(architecture: str) -> None:
    config = build_config({"baseline.architecture": architecture, "classifier.training.epochs": 1, "seed": 3})
    dataset = random_dataset((16, 16, 3), 4)
    baseline = untrained(config, dataset)
    encoder = clone_with_weights(baseline.parts.feature_extractor)
    fitted = fit_encodenet(config, dataset, baseline, (encoder, None), keep_silent)
    assert set(ARCHITECTURES) == set(get_args(Architecture))
    assert fitted.model.count_params() == baseline.model.count_params()
    assert [w.shape for w in fitted.model.weights] == [w.shape for w in baseline.model.weights]


def test_the_frozen_encoder_is_bit_equal_to_that_of_the_autoencoder(tiny_result: RunResult) -> None:
    conversion = tiny_result.conversion
    frozen = split_classifier(conversion.encodenet.model).feature_extractor
    moving = [w for w in frozen.weights if "moving" in w.path]
    assert len(moving) == 8
    for received, expected in zip(
        frozen.get_weights(), conversion.autoencoder.encoder.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(received, expected)


def test_the_classification_layers_are_new_and_trained(tiny_result: RunResult) -> None:
    fitted = tiny_result.conversion.encodenet.model.get_layer("logits").get_weights()
    of_baseline = tiny_result.baseline.model.get_layer("logits").get_weights()
    assert not np.allclose(fitted[0], of_baseline[0])
    assert np.abs(fitted[1]).min() > 0  # biases start at 0


def test_the_assembled_model_predicts_as_encoder_and_classifier_in_turn(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    conversion, images = tiny_result.conversion, tiny_dataset.validation.images
    classifier = split_classifier(conversion.encodenet.model).classifier
    features = predict(conversion.autoencoder.encoder, images)
    expected = predict(conversion.encodenet.model, images)
    assert expected.shape == (30, 10)
    np.testing.assert_allclose(predict(classifier, features), expected, atol=1e-5)


def test_a_saved_encodenet_of_a_baseline_with_adapted_normalization_predicts_the_same(
    adapted_config: EncodeNetConfig, adapted_baseline: Baseline, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    images = tiny_dataset.validation.images
    encoder = clone_with_weights(adapted_baseline.parts.feature_extractor)
    encoder.layers[-1].set_weights([weights + 0.1 for weights in encoder.layers[-1].get_weights()])
    model = fit_encodenet(adapted_config, tiny_dataset, adapted_baseline, (encoder, None), keep_silent).model
    model.save(tmp_path / "encodenet.keras")
    loaded = keras.saving.load_model(tmp_path / "encodenet.keras")
    np.testing.assert_array_equal(predict(loaded, images), predict(model, images))
    feature_extractor = split_classifier(loaded).feature_extractor
    np.testing.assert_array_equal(predict(feature_extractor, images), predict(encoder, images))


def test_classification_layers_are_trained_behind_the_normalization_that_was_adapted(
    adapted_config: EncodeNetConfig, adapted_baseline: Baseline, tiny_dataset: Dataset
) -> None:
    encoder = adapted_baseline.parts.feature_extractor
    model = fit_encodenet(adapted_config, tiny_dataset, adapted_baseline, (encoder, None), keep_silent).model
    of_baseline, of_result = (
        [layer for layer in each.layers if isinstance(layer, keras.layers.Normalization)]
        for each in (adapted_baseline.model, model)
    )
    features = np.random.default_rng(0).random((5, 6), np.float32)
    assert not np.allclose(of_baseline[1](features), features, atol=0.1)
    np.testing.assert_array_equal(of_result[1](features), of_baseline[1](features))


def test_cached_features_lead_to_the_logits_of_the_uncached_path(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    model, images = tiny_result.conversion.encodenet.model, tiny_dataset.train.images
    feature_extractor, classifier, _ = split_classifier(model)
    pooling, tail = split_leading_layers(classifier)
    whole = keras.Model(feature_extractor.inputs[0], pooling(feature_extractor.outputs[0]))
    cached = predict(whole, images)
    assert cached.shape == (120, 64)
    np.testing.assert_allclose(cached, predict(feature_extractor, images).mean(axis=(1, 2)), atol=1e-5)
    np.testing.assert_allclose(predict(tail, cached), predict(model, images), atol=1e-5)


def test_the_cached_fit_equals_a_fit_through_the_frozen_encoder(tiny_result: RunResult) -> None:
    """Plain gradient descent on the whole model with only its last layer free, written out in NumPy."""
    config, dataset, baseline = tiny_result.config, tiny_result.dataset, tiny_result.baseline
    config = config.model_copy(
        update={
            "classifier": config.classifier.model_copy(
                update={
                    "training": config.classifier.training.model_copy(update={"epochs": 1, "batch_size": 120})
                }
            )
        }
    )
    encoder = tiny_result.conversion.autoencoder.encoder
    fitted = fit_encodenet(config, dataset, baseline, (encoder, None), keep_silent)

    keras.utils.set_random_seed(config.seed)
    fresh = keras.models.clone_model(split_classifier(baseline.model).classifier)
    kernel, bias = fresh.layers[-1].get_weights()
    features = predict(encoder, dataset.train.images).mean(axis=(1, 2)).astype(np.float64)
    logits = features @ kernel + bias
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wanted = np.full((120, 10), 0.01)
    wanted[np.arange(120), dataset.train.labels] = 0.91
    gradient = features.T @ (probabilities - wanted) / 120 + 1e-4 * kernel
    # One cycle starts at a tenth of the learning rate; Nesterov's first step is (1 + momentum) long.
    expected = kernel - 0.01 * 1.9 * gradient
    np.testing.assert_allclose(fitted.model.get_layer("logits").get_weights()[0], expected, atol=1e-5)


def test_the_same_seed_gives_the_same_layers_and_another_seed_others(tiny_result: RunResult) -> None:
    config, encoder = tiny_result.config, tiny_result.conversion.autoencoder.encoder
    arguments = (tiny_result.dataset, tiny_result.baseline, (encoder, None), keep_silent)
    first = tiny_result.conversion.encodenet.model.get_weights()
    again = fit_encodenet(config, *arguments).model.get_weights()
    other = fit_encodenet(config.model_copy(update={"seed": 1}), *arguments).model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.allclose(first[-2], other[-2])


def test_the_classification_layers_may_start_as_the_autoencoder_stage_left_them(
    tiny_result: RunResult,
) -> None:
    still = {"classifier.training.learning_rate": 1e-30, "autoencoder.classification_weight": 1.0}
    config = change_config(tiny_result.config, {**still, "classifier.init": "autoencoder"})
    encoder = tiny_result.conversion.autoencoder.encoder
    trained = clone_with_weights(tiny_result.baseline.parts.classifier)
    arguments = tiny_result.dataset, tiny_result.baseline, (encoder, trained), keep_silent
    kept = fit_encodenet(config, *arguments).model.get_layer("logits").get_weights()
    np.testing.assert_array_equal(kept[0], trained.layers[-1].get_weights()[0])
    afresh = fit_encodenet(change_config(config, {"classifier.init": "random"}), *arguments)
    assert not np.allclose(afresh.model.get_layer("logits").get_weights()[0], kept[0])


def reclassified(config: EncodeNetConfig, **change: object) -> EncodeNetConfig:
    """The config with another second stage of six epochs."""
    training = config.classifier.training.model_copy(update={"epochs": 6})
    return config.model_copy(
        update={"classifier": config.classifier.model_copy(update={"training": training, **change})}
    )


def test_an_unfrozen_encoder_is_trained_on_and_reports_as_the_same_stage(tiny_result: RunResult) -> None:
    config, encoder = reclassified(tiny_result.config, unfreeze_after=4), tiny_result.conversion.autoencoder
    before = encoder.encoder.get_weights()
    told: list[tuple[str, int, int]] = []

    def report(stage: str, epoch: int, epochs: int, values: object) -> bool:
        told.append((stage, epoch, epochs))
        return True

    dataset, baseline = tiny_result.dataset, tiny_result.baseline
    fitted = fit_encodenet(config, dataset, baseline, (encoder.encoder, None), report)
    assert told == [("classifier", epoch, 6) for epoch in range(1, 7)]
    assert len(fitted.losses) == 6
    trained_on = split_classifier(fitted.model).feature_extractor.get_weights()
    assert not any(np.array_equal(one, other) for one, other in zip(trained_on[1:], before[1:], strict=True))
    for one, other in zip(encoder.encoder.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    one_pass = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)
    assert fitted.macs == 120 * one_pass + 3 * 120 * (4 * 640 + 2 * (one_pass + 640))


@pytest.mark.parametrize("last", [2, 5])
def test_a_second_stage_that_was_stopped_goes_on(last: int, tiny_result: RunResult, tmp_path: Path) -> None:
    config, encoder = reclassified(tiny_result.config, unfreeze_after=4), tiny_result.conversion.autoencoder
    arguments = (config, tiny_result.dataset, tiny_result.baseline, (encoder.encoder, None))
    told: list[int] = []

    def report(stage: str, epoch: int, epochs: int, values: object) -> bool:
        told.append(epoch)
        return len(told) != last

    whole = fit_encodenet(*arguments, keep_silent)
    with pytest.raises(Stopped):
        fit_encodenet(*arguments, report, tmp_path)
    resumed = fit_encodenet(*arguments, report, tmp_path)
    assert told == [1, 2, 3, 4, 5, 6]
    assert resumed.losses == whole.losses
    for one, other in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_selected_weights_are_those_of_a_whole_model_at_its_best(tiny_result: RunResult) -> None:
    fitted, validation = tiny_result.conversion.encodenet, tiny_result.dataset.validation
    assert fitted.selected_weights is not None
    selected = clone_with_weights(fitted.model)
    selected.set_weights(fitted.selected_weights)
    best, last = (
        np.mean(predict(model, validation.images).argmax(axis=1) == validation.labels)
        for model in (selected, fitted.model)
    )
    assert best >= last
    frozen = split_classifier(selected).feature_extractor.get_weights()
    for one, other in zip(frozen, tiny_result.conversion.autoencoder.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
