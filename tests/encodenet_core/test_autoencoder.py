from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.autoencoder import (
    ConvertingAutoencoder,
    build_autoencoder,
    obtain_autoencoder,
    train_autoencoder,
)
from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, flatten
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import InfeasibleConfig, Stopped
from encodenet_core.evaluation import measure_reconstruction
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.targets import Targets
from encodenet_core.training.augmentation import Augmentation
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.watch import UNWATCHED, Watch

Weights = list[np.ndarray]


def changed(config: EncodeNetConfig, change: Mapping[str, Any]) -> EncodeNetConfig:
    return build_config({**flatten(config.model_dump()), **change})


def bit_equal(some: Weights, others: Weights) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))


def fit_autoencoder(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, targets: Targets, watch: Watch
) -> ConvertingAutoencoder:
    built = build_autoencoder(config, dataset, baseline)
    return train_autoencoder(built, config, dataset, baseline, targets, watch)


def fit_with_rate(result: RunResult, learning_rate: float, encoder_init: str) -> Weights:
    """The encoder's weights after one epoch of steps that are too small to change a float32."""
    change = {
        "autoencoder.training.learning_rate": learning_rate,
        "autoencoder.training.epochs": 1,
        "autoencoder.encoder_init": encoder_init,
    }
    config = changed(result.config, change)
    fitted = fit_autoencoder(config, result.dataset, result.baseline, result.conversion.targets, UNWATCHED)
    return [np.array(variable) for variable in fitted.encoder.trainable_weights]


def test_the_encoder_starts_from_the_weights_of_the_baseline(tiny_result: RunResult) -> None:
    extractor = tiny_result.baseline.parts.feature_extractor
    expected = [np.array(variable) for variable in extractor.trainable_weights]
    assert bit_equal(fit_with_rate(tiny_result, 1e-30, "baseline"), expected)


def test_the_encoder_starts_elsewhere_where_that_is_wished(tiny_result: RunResult) -> None:
    extractor = tiny_result.baseline.parts.feature_extractor
    started = fit_with_rate(tiny_result, 1e-30, "random")
    kernels = [
        (weights, np.array(variable))
        for weights, variable in zip(started, extractor.trainable_weights, strict=True)
        if weights.ndim == 4
    ]
    assert len(kernels) == 4
    for received, trained in kernels:
        assert not np.allclose(received, trained)
        # He's fan-out initialization: the variance is 2 / (9 * filters).
        assert received.std() == pytest.approx(np.sqrt(2 / (9 * received.shape[-1])), rel=0.15)


@pytest.mark.parametrize("encoder_init", ["baseline", "random"])
def test_the_encoder_normalizes_images_as_a_given_baseline_was_adapted_to(
    encoder_init: str,
    adapted_config: EncodeNetConfig,
    adapted_baseline: Baseline,
    tiny_dataset: Dataset,
    tiny_result: RunResult,
) -> None:
    change = {"autoencoder.encoder_init": encoder_init, "autoencoder.training.learning_rate": 1e-30}
    config, targets = changed(adapted_config, change), tiny_result.conversion.targets
    encoder = fit_autoencoder(config, tiny_dataset, adapted_baseline, targets, UNWATCHED).encoder
    given = adapted_baseline.parts.feature_extractor
    images = tiny_dataset.validation.images
    received, expected = (
        predict(keras.Model(model.inputs[0], model.layers[1].output), images) for model in (encoder, given)
    )
    assert not np.allclose(expected, images / 255, atol=0.5)
    np.testing.assert_array_equal(received, expected)
    same_features = np.array_equal(predict(encoder, images), predict(given, images))
    assert same_features is (encoder_init == "baseline")


def test_fitting_the_autoencoder_changes_its_encoder_and_leaves_the_baseline_as_it_was(
    tiny_result: RunResult, tiny_config: EncodeNetConfig, tiny_dataset: Dataset
) -> None:
    baseline = tiny_result.baseline
    before = [np.array(weights) for weights in baseline.model.get_weights()]
    logits = predict(baseline.model, tiny_dataset.train.images)
    fitted = fit_autoencoder(tiny_config, tiny_dataset, baseline, tiny_result.conversion.targets, UNWATCHED)
    assert bit_equal(baseline.model.get_weights(), before)
    np.testing.assert_array_equal(predict(baseline.model, tiny_dataset.train.images), logits)
    assert not bit_equal(fitted.encoder.get_weights(), baseline.parts.feature_extractor.get_weights())


def test_the_halves_of_the_autoencoder_share_its_weights(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    fitted, images = tiny_result.conversion.autoencoder, tiny_dataset.validation.images
    whole = predict(fitted.model, images)
    in_two_steps = predict(fitted.decoder, predict(fitted.encoder, images))
    assert whole.shape == (30, 8, 8, 1)
    assert whole.min() >= 0
    assert whole.max() <= 1
    np.testing.assert_allclose(in_two_steps, whole, atol=1e-6)
    assert fitted.model.count_params() == fitted.encoder.count_params() + fitted.cost.parameters


def test_inputs_are_augmented_and_targets_never(tiny_result: RunResult, tiny_dataset: Dataset) -> None:
    targets = tiny_result.conversion.targets
    batches = TrainingBatches(
        tiny_dataset.train.images,
        targets.train,
        batch_size=120,
        seed=0,
        augmentation=Augmentation(1, flip=False),
    )
    inputs, wanted = batches[0]
    originals = {image.tobytes() for image in tiny_dataset.train.images}
    moved = [np.rint(image * 255).astype(np.uint8).tobytes() not in originals for image in inputs]
    assert sum(moved) > 60
    representatives = {image.tobytes() for image in targets.representatives}
    assert {np.rint(image * 255).astype(np.uint8).tobytes() for image in wanted} == representatives


def test_a_decoder_that_is_too_large_is_refused_before_it_is_built(tiny_result: RunResult) -> None:
    config = changed(tiny_result.config, {"decoder.depth": 12, "autoencoder.training.batch_size": 65_536})
    with pytest.raises(InfeasibleConfig, match="GiB of activations"):
        fit_autoencoder(
            config, tiny_result.dataset, tiny_result.baseline, tiny_result.conversion.targets, UNWATCHED
        )


def test_a_report_can_stop_the_fit(tiny_result: RunResult) -> None:
    config = changed(tiny_result.config, {"autoencoder.training.epochs": 3})
    told = []

    def stop_after_one(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        told.append((stage, epoch, epochs, sorted(values)))
        return False

    targets, watch = tiny_result.conversion.targets, Watch(stop_after_one)
    with pytest.raises(Stopped, match="epoch 1 of 3 of the autoencoder stage"):
        fit_autoencoder(config, tiny_result.dataset, tiny_result.baseline, targets, watch)
    assert told == [("autoencoder", 1, 3, ["loss"])]


def test_at_its_rungs_a_fit_reports_what_the_conversion_is_worth(tiny_result: RunResult) -> None:
    config = changed(tiny_result.config, {"autoencoder.training.epochs": 3})
    told: dict[int, Mapping[str, float]] = {}

    def note(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        told[epoch] = values
        return True

    targets = tiny_result.conversion.targets
    watch = Watch(note, rungs=frozenset({1, 3}))
    fitted = fit_autoencoder(config, tiny_result.dataset, tiny_result.baseline, targets, watch)
    assert {epoch: len(values) for epoch, values in told.items()} == {1: 5, 2: 1, 3: 5}
    measured = measure_reconstruction(fitted.model, tiny_result.dataset.validation, targets)
    assert told[3]["mse"] == pytest.approx(measured.mse, rel=0.3)
    assert told[3]["mse"] < told[1]["mse"]
    assert 0.2 < told[3]["probe_accuracy"] <= 1.0
    assert told[3]["probe_seconds"] > 0


def test_a_fit_cut_short_is_the_beginning_of_the_whole_and_goes_on_to_the_same_end(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    config = changed(tiny_result.config, {"autoencoder.training.epochs": 3})

    def fitted(watch: Watch) -> ConvertingAutoencoder:
        targets = tiny_result.conversion.targets
        return fit_autoencoder(config, tiny_result.dataset, tiny_result.baseline, targets, watch)

    whole = fitted(UNWATCHED)
    part = fitted(Watch(until=2, checkpoint=tmp_path))
    rest = fitted(Watch(checkpoint=tmp_path))
    assert part.losses == pytest.approx(whole.losses[:2])
    assert part.macs * 3 == whole.macs * 2
    assert rest.losses == pytest.approx(whole.losses)
    for own, theirs in zip(rest.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_allclose(own, theirs, atol=1e-5)


@pytest.mark.slow
def test_a_random_encoder_of_a_given_model_has_its_structure_and_no_weight_of_it(
    tiny_result: RunResult,
) -> None:
    config = changed(
        tiny_result.config, {"autoencoder.encoder_init": "random", "baseline.model": "given.keras"}
    )
    fitted = fit_autoencoder(
        config, tiny_result.dataset, tiny_result.baseline, tiny_result.conversion.targets, UNWATCHED
    )
    extractor = tiny_result.baseline.parts.feature_extractor
    assert fitted.encoder.count_params() == extractor.count_params()
    kernels = [layer for layer in fitted.encoder.layers if isinstance(layer, keras.layers.Conv2D)]
    trained = [layer for layer in extractor.layers if isinstance(layer, keras.layers.Conv2D)]
    for one, other in zip(kernels, trained, strict=True):
        assert not np.allclose(one.get_weights()[0], other.get_weights()[0])


def test_an_autoencoder_is_fitted_once_and_then_has_the_same_weights(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    result, cache, told = tiny_result, StageCache(tmp_path), []

    def report(*arguments: Any) -> bool:
        told.append(arguments)
        return True

    def obtain(config: EncodeNetConfig) -> ConvertingAutoencoder:
        targets = result.conversion.targets
        return obtain_autoencoder(config, result.dataset, result.baseline, targets, cache, Watch(report))

    first, again = obtain(result.config), obtain(result.config)
    assert len(told) == 1
    assert bit_equal(again.model.get_weights(), first.model.get_weights())
    assert bit_equal(again.decoder.get_weights(), first.decoder.get_weights())
    assert (again.key, again.losses, again.seconds) == (first.key, first.losses, first.seconds)
    assert obtain(changed(result.config, {"decoder.depth": 1})).key != first.key
    assert len(told) == 2


def test_a_fit_without_conversion_is_one_for_all_decoders(tiny_result: RunResult, tmp_path: Path) -> None:
    result, cache = tiny_result, StageCache(tmp_path / "cache")
    without = {"autoencoder.reconstruction_weight": 0.0, "autoencoder.classification_weight": 1.0}
    configs = [changed(result.config, {**without, "decoder.depth": depth}) for depth in (1, 2)]
    parts = result.dataset, result.baseline, result.conversion.targets
    cached = [obtain_autoencoder(config, *parts, cache, UNWATCHED) for config in configs]
    assert cached[0].key == cached[1].key
    fitted = fit_autoencoder(configs[1], *parts, UNWATCHED)
    assert fitted.classifier is not None
    for each in cached:
        assert each.classifier is not None
        assert bit_equal(each.encoder.get_weights(), fitted.encoder.get_weights())
        assert bit_equal(each.classifier.get_weights(), fitted.classifier.get_weights())


def first_loss(result: RunResult, weight: float) -> float:
    """The loss of an epoch of steps that are too small to change anything."""
    change = {
        "autoencoder.training.learning_rate": 1e-30,
        "autoencoder.classification_weight": weight,
    }
    config, targets = changed(result.config, change), result.conversion.targets
    fitted = fit_autoencoder(config, result.dataset, result.baseline, targets, UNWATCHED)
    assert len(fitted.model.outputs) == 1
    return fitted.losses[0]


def test_a_classification_term_counts_as_much_as_its_weight(tiny_result: RunResult) -> None:
    without, one, three = (first_loss(tiny_result, weight) for weight in (0.0, 1.0, 3.0))
    assert one - without > 0.05, "a cross-entropy of an imperfect baseline"
    assert three - without == pytest.approx(3 * (one - without), rel=1e-3)
