"""What a worker computes for `confirm`, here in the process of the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import pytest

from decoder_search.execution.tasks import ConfirmTask
from decoder_search.space.parameters import IntParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.worker.confirmation import confirm_config, measure_unconverted
from encodenet_core import ConfigError, InfeasibleConfig, StageCache, load_dataset, run_pipeline
from encodenet_core.baseline import obtain_baseline
from encodenet_core.competitors.student import obtain_student
from encodenet_core.config_values import change_config
from encodenet_core.controls import without_conversion
from encodenet_core.pipeline import convert
from encodenet_core.training.watch import Report, keep_silent

SPACE = SearchSpace(
    name="tiny",
    parameters=(IntParameter("decoder.depth", 1, 2), IntParameter("clustering.n_clusters", 1, 100)),
    constants={
        "dataset.source": "digits",
        "dataset.limit": 120,
        "autoencoder.classification_weight": 1.0,
        "baseline.training.epochs": 1,
        "classifier.training.epochs": 1,
        "seed": 2,
    },
    final={"autoencoder.training.epochs": 2},
)
PARAMS = {"decoder.depth": 1, "clustering.n_clusters": 1}


def reporting_to(stages: list[str]) -> Report:
    def report(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        stages.append(stage)
        return True

    return report


def confirm(cache: Path, stages: list[str] | None = None, **task: Any) -> dict[str, Any]:
    task = {"params": PARAMS, "seed": 3, **task}
    report = reporting_to([] if stages is None else stages)
    return confirm_config(ConfirmTask(space=SPACE, cache=cache, **task), report)


@pytest.mark.slow
def test_a_config_is_measured_on_all_splits_with_its_baseline_and_controls(tmp_path: Path) -> None:
    stages: list[str] = []
    found = confirm(tmp_path, stages, rivals=("kd",))
    config = SPACE.final_config(PARAMS, 3)
    dataset = load_dataset(config.dataset, 3)
    result = run_pipeline(config, dataset, StageCache(tmp_path))
    metrics = found["metrics"]
    assert found["dataset"] == dataset.fingerprint
    assert metrics["accuracy"] == result.conversion.scores.validation_accuracy
    assert metrics["test_accuracy"] == result.conversion.scores.test_accuracy
    assert metrics["baseline_accuracy"] == result.baseline_scores.validation_accuracy
    for name, control in result.controls.items():
        assert metrics[f"{name}_accuracy"] == control.scores.validation_accuracy
        assert metrics[f"{name}_test_accuracy"] == control.scores.test_accuracy
    assert stages.count("autoencoder") == 2
    changes = without_conversion(config, result.baseline, len(dataset.train.images))
    epochs = changes["autoencoder.training.epochs"]
    assert epochs == metrics["unconverted_epochs"] > 2
    assert stages.count("unconverted") == epochs + 1
    alike = convert(change_config(config, changes), dataset, result.baseline, StageCache(tmp_path))
    assert metrics["unconverted_accuracy"] == alike.scores.validation_accuracy
    assert metrics["unconverted_test_accuracy"] == alike.scores.test_accuracy
    student = obtain_student(config, dataset, result.baseline, StageCache(tmp_path), keep_silent)
    assert metrics["kd_accuracy"] == student.scores.validation_accuracy
    assert metrics["kd_test_accuracy"] == student.scores.test_accuracy
    assert stages.count("kd") == metrics["kd_epochs"] == config.baseline.training.epochs
    other = confirm(tmp_path, seed=4)
    assert other["dataset"] != dataset.fingerprint and "kd_accuracy" not in other["metrics"]


def test_other_images_than_those_of_the_seed_are_refused_before_training(tmp_path: Path) -> None:
    stages: list[str] = []
    with pytest.raises(ConfigError, match="were confirmed on another dataset .feed. than now .*; bring that"):
        confirm(tmp_path, stages, dataset="feed")
    assert stages == []


@pytest.mark.slow
def test_params_that_cannot_run_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InfeasibleConfig):
        confirm(tmp_path, params={"decoder.depth": 1, "clustering.n_clusters": 100})


def test_training_without_conversion_is_measured_only_where_classes_are_learnt_and_may_diverge(
    tmp_path: Path,
) -> None:
    """Of a linear network, which overflows when it is trained too fast."""
    images, stages = keras.Input((8, 8, 1)), list[str]()
    maps = keras.layers.Conv2D(8, 3, padding="same")(images)
    logits = keras.layers.Dense(10)(keras.layers.Flatten()(maps))
    keras.Model(images, logits).save(tmp_path / "linear.keras")
    given = {"baseline.model": str(tmp_path / "linear.keras"), "autoencoder.training.recipe": "baseline"}
    config, cache = change_config(SPACE.final_config(PARAMS, 3), given), StageCache(tmp_path / "cache")
    dataset = load_dataset(config.dataset, 3)
    baseline = obtain_baseline(config, dataset, cache, keep_silent)

    def measured(changes: Mapping[str, float]) -> Mapping[str, float | None]:
        stages.clear()
        changed = change_config(config, changes)
        return measure_unconverted(changed, dataset, baseline, cache, reporting_to(stages))

    assert measured({"autoencoder.classification_weight": 0.0}) == {} and stages == []
    assert measured({"autoencoder.reconstruction_weight": 0.0}) == {} and stages == []
    slow = measured({"autoencoder.training.learning_rate": 1e-3})
    assert slow["unconverted_accuracy"] is not None and set(stages) == {"unconverted"}
    fast = measured({"autoencoder.training.learning_rate": 100.0, "autoencoder.training.epochs": 10})
    assert fast["unconverted_accuracy"] is fast["unconverted_test_accuracy"] is None
