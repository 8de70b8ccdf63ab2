from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from encodenet_core.config_values import change_config
from encodenet_core.controls import control_features, control_training, without_conversion
from encodenet_core.costs import autoencoder_macs, encodenet_macs
from encodenet_core.encodenet import fit_encodenet
from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import classify_dataset
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent

ENCODER_MACS = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)
EPOCH_OF_BASELINE = 3 * 120 * (ENCODER_MACS + 640)


class Recorder:
    """A report that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int]] = []

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        self.told.append((stage, epoch, epochs))
        return True


def test_the_baseline_is_trained_further_for_at_least_what_encodenet_spent(tiny_result: RunResult) -> None:
    spend = encodenet_macs(tiny_result.config, tiny_result.baseline, 120)
    assert 2 * EPOCH_OF_BASELINE < spend < 3 * EPOCH_OF_BASELINE
    control = tiny_result.controls["control_training"]
    assert control.epochs == 3
    assert control.macs == 3 * EPOCH_OF_BASELINE


@pytest.mark.parametrize(("spend", "epochs"), [(EPOCH_OF_BASELINE, 1), (EPOCH_OF_BASELINE + 1, 2)])
def test_a_part_of_an_epoch_is_a_whole_one(
    spend: int, epochs: int, tiny_result: RunResult, tmp_path: Path
) -> None:
    recorder = Recorder()
    control = control_training(
        tiny_result.config, tiny_result.dataset, tiny_result.baseline, spend, StageCache(tmp_path), recorder
    )
    assert control.epochs == epochs
    assert control.macs == epochs * EPOCH_OF_BASELINE >= spend
    assert recorder.told == [("control_training", epoch + 1, epochs) for epoch in range(epochs)]


def test_training_further_starts_from_the_baseline_and_leaves_it_as_it_was(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    """With steps that are too small to change a float32, only moving statistics differ afterwards."""
    config, baseline = tiny_result.config, tiny_result.baseline
    training = config.baseline.training.model_copy(update={"learning_rate": 1e-30})
    section = config.baseline.model_copy(update={"training": training})
    still = config.model_copy(update={"baseline": section})
    before = [weights.tobytes() for weights in baseline.model.get_weights()]
    control = control_training(still, tiny_result.dataset, baseline, 1, StageCache(tmp_path), keep_silent)
    assert [weights.tobytes() for weights in baseline.model.get_weights()] == before
    assert min(control.scores.train_accuracy, tiny_result.baseline_scores.train_accuracy) > 0.25
    assert control.scores.parameters == baseline.model.count_params()


def test_the_features_control_is_the_second_stage_on_the_features_of_the_baseline(
    tiny_result: RunResult,
) -> None:
    config, dataset, baseline = tiny_result.config, tiny_result.dataset, tiny_result.baseline
    by_hand = fit_encodenet(config, dataset, baseline, (baseline.parts.feature_extractor, None), keep_silent)
    control = tiny_result.controls["control_features"]
    assert control.scores == classify_dataset(by_hand.model, dataset, by_hand.selected_weights)
    assert control.scores != tiny_result.conversion.scores
    assert control.macs == 120 * ENCODER_MACS + 3 * 120 * 3 * 640
    assert control.epochs == 3


def test_controls_are_computed_once(tiny_result: RunResult, tiny_cache: StageCache) -> None:
    config, dataset, baseline = tiny_result.config, tiny_result.dataset, tiny_result.baseline
    spend, recorder = encodenet_macs(config, baseline, 120), Recorder()
    assert tiny_result.controls == {
        "control_training": control_training(config, dataset, baseline, spend, tiny_cache, recorder),
        "control_features": control_features(config, dataset, baseline, tiny_cache, recorder),
    }
    assert recorder.told == []


def test_a_search_shares_the_controls_of_a_real_run_but_for_their_test_scores(
    tiny_result: RunResult, tiny_cache: StageCache
) -> None:
    recorder = Recorder()
    searched = tiny_result.dataset.without_test()
    control = control_features(tiny_result.config, searched, tiny_result.baseline, tiny_cache, recorder)
    assert recorder.told == []
    expected = tiny_result.controls["control_features"].scores
    assert expected.test_accuracy is not None
    hidden = dict.fromkeys(("test_accuracy", "test_cross_entropy", "selected_test_accuracy"))
    assert control.scores == dataclasses.replace(expected, **hidden)


def test_without_conversion_the_epochs_are_as_few_as_cost_no_less(tiny_result: RunResult) -> None:
    baseline, longer = tiny_result.baseline, {"autoencoder.training.epochs": 5}
    config = change_config(tiny_result.config, {**longer, "autoencoder.classification_weight": 1.0})
    changes = without_conversion(config, baseline, 120)
    epochs = changes["autoencoder.training.epochs"]
    assert epochs > 5
    fewer = change_config(config, {**changes, "autoencoder.training.epochs": epochs - 1})
    spent = autoencoder_macs(change_config(config, changes), baseline, 120)
    assert autoencoder_macs(fewer, baseline, 120) < autoencoder_macs(config, baseline, 120) <= spent


def test_a_training_that_only_converts_cannot_do_without(tiny_result: RunResult) -> None:
    assert not tiny_result.config.autoencoder.converts_and_classifies
    with pytest.raises(ConfigError, match=r"reconstruction_weight is 0.0, but expected is: more than 0"):
        without_conversion(tiny_result.config, tiny_result.baseline, 120)
