"""An encoder that learns from a teacher, and the same training without conversion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from encodenet_core.autoencoder import build_autoencoder, obtain_autoencoder, train_autoencoder
from encodenet_core.config_values import change_config
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import UNWATCHED, Watch

Weights = list[np.ndarray]


def bit_equal(some: Weights, others: Weights) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))


TAUGHT = {
    "autoencoder.classification_weight": 1.0,
    "autoencoder.classification_target": "teacher",
    "autoencoder.training.recipe": "baseline",
    "autoencoder.training.learning_rate": 0.05,
    "autoencoder.training.epochs": 2,
}


def test_an_encoder_may_learn_from_the_predictions_of_the_baseline_by_its_recipe(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    config, cache = change_config(tiny_result.config, TAUGHT), StageCache(tmp_path)
    before = [np.array(weights) for weights in tiny_result.baseline.model.get_weights()]
    told: list[str] = []

    def report(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        told.append(stage)
        return True

    arguments = tiny_result.dataset, tiny_result.baseline, tiny_result.conversion.targets
    fitted = obtain_autoencoder(config, *arguments, cache, Watch(report))
    assert told == ["autoencoder"] * 2
    assert bit_equal(tiny_result.baseline.model.get_weights(), before)
    again = obtain_autoencoder(config, *arguments, cache, Watch(report))
    assert again.key == fitted.key
    assert len(told) == 2
    assert bit_equal(again.encoder.get_weights(), fitted.encoder.get_weights())
    assert fitted.classifier is not None
    for other in ({"distillation.temperature": 1.0}, {"baseline.training.recipe": "paper"}):
        different = obtain_autoencoder(change_config(config, other), *arguments, cache, Watch(report))
        assert different.key != fitted.key
        assert not bit_equal(different.encoder.get_weights(), fitted.encoder.get_weights())


def test_without_conversion_no_decoder_is_trained_nor_paid_for(tiny_result: RunResult) -> None:
    config = change_config(tiny_result.config, {**TAUGHT, "autoencoder.classification_target": "labels"})
    config = change_config(config, {"autoencoder.reconstruction_weight": 0.0})
    built = build_autoencoder(config, tiny_result.dataset, tiny_result.baseline)
    decoder = [np.array(weights) for weights in built.decoder.get_weights()]
    arguments = tiny_result.dataset, tiny_result.baseline, tiny_result.conversion.targets
    fitted = train_autoencoder(built, config, *arguments, UNWATCHED)
    assert bit_equal(fitted.decoder.get_weights(), decoder)
    forward = count_macs(tiny_result.baseline.model)
    assert fitted.macs == training_macs(forward, len(tiny_result.dataset.train.images), 2)
