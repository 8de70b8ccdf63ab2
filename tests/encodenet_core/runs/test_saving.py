from __future__ import annotations

import dataclasses
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from encodenet_core.config_values import load_config
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.evaluation import classify_dataset
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult
from encodenet_core.runs.representatives import load_representatives
from encodenet_core.runs.saving import metrics_of, save_conversion, save_models, save_result

SCORES = {
    "train_accuracy",
    "validation_accuracy",
    "validation_cross_entropy",
    "test_accuracy",
    "test_cross_entropy",
    "parameters",
    "selected_test_accuracy",
}
MODELS = ("baseline", "control_training", "control_features", "encodenet")


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, int | float):
        yield value


def test_the_folder_holds_config_metrics_models_and_a_picture(saved: Path) -> None:
    expected = {"config.yaml", "metrics.json", "encodenet.keras", "selected.npz", "reconstructions.png"}
    expected |= {"baseline.keras", "encoder.keras", "decoder.keras", "representatives.npz"}
    assert {path.name for path in saved.iterdir()} == expected


def test_the_metrics_name_what_a_reader_looks_for(tiny_result: RunResult, metrics: dict[str, Any]) -> None:
    assert set(metrics) == {
        *MODELS,
        "reconstruction",
        "clusters",
        "decoder",
        "beyond_the_paper",
        "cut",
        "no_yardstick",
        "pixels",
        "stages",
        "seed",
        "dataset",
        "versions",
    }
    for model in MODELS:
        assert set(metrics[model]) == SCORES
    assert set(metrics["reconstruction"]) == {
        "mse",
        "explained_variance",
        "retrieval",
        "n_targets",
        "target_variance",
    }
    assert {"python", "keras", "numpy", metrics["versions"]["backend"]} <= set(metrics["versions"])
    assert metrics["seed"] == 0
    assert metrics["cut"] == tiny_result.baseline.parts.cut
    assert tiny_result.baseline.model.get_layer(metrics["cut"]).output.shape == (None, 4, 4, 64)


def test_every_fitted_stage_says_what_it_took(metrics: dict[str, Any]) -> None:
    stages = metrics["stages"]
    fitted = {"baseline", "autoencoder", "classifier", "control_training", "control_features"}
    assert set(stages) == fitted | {"embedding", "clustering"}
    assert all(spent["seconds"] > 0 for spent in stages.values())
    assert all(stages[name]["macs"] > 0 for name in fitted)
    encoder = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)
    assert stages["embedding"]["macs"] == (120 + 30) * encoder
    assert stages["clustering"]["macs"] is None
    assert stages["control_training"]["macs"] >= stages["autoencoder"]["macs"] + stages["classifier"]["macs"]


def test_every_number_is_finite_and_every_accuracy_a_share(metrics: dict[str, Any]) -> None:
    everything = list(numbers(metrics))
    assert len(everything) > 40
    assert all(math.isfinite(number) for number in everything)
    for model in MODELS:
        assert 0 <= metrics[model]["test_accuracy"] <= 1
        assert metrics[model]["parameters"] == metrics["baseline"]["parameters"]


def test_the_metrics_are_those_of_the_run(tiny_result: RunResult, metrics: dict[str, Any]) -> None:
    assert metrics == json.loads(json.dumps(metrics_of(tiny_result)))
    correct = predict(tiny_result.conversion.encodenet.model, tiny_result.dataset.train.images).argmax(axis=1)
    share = np.mean(correct == tiny_result.dataset.train.labels)
    assert metrics["encodenet"]["train_accuracy"] == share
    assert metrics["reconstruction"]["n_targets"] == 20
    assert metrics["dataset"] | {"fingerprint": ""} == {
        "name": "digits",
        "fingerprint": "",
        "class_names": list("0123456789"),
        "balance": {"smallest": "0", "n_smallest": 12, "largest": "0", "n_largest": 12},
        "n_train": 120,
        "n_validation": 30,
        "n_test": 359,
    }


def test_a_run_without_a_test_split_has_null_for_its_test_scores(tiny_result: RunResult) -> None:
    searched = tiny_result.dataset.without_test()
    scores = classify_dataset(tiny_result.conversion.encodenet.model, searched)
    conversion = dataclasses.replace(tiny_result.conversion, scores=scores)
    metrics = metrics_of(dataclasses.replace(tiny_result, dataset=searched, conversion=conversion))
    assert metrics["encodenet"]["test_accuracy"] is None
    assert metrics["encodenet"]["test_cross_entropy"] is None
    assert metrics["dataset"]["n_test"] == 0
    json.dumps(metrics, allow_nan=False)


def test_the_saved_config_is_the_resolved_one(tiny_result: RunResult, saved: Path) -> None:
    assert load_config(saved / "config.yaml") == tiny_result.config
    assert "batch_size: 16" in (saved / "config.yaml").read_text(encoding="utf-8")


def test_the_saved_models_are_those_of_the_run(tiny_result: RunResult, saved: Path) -> None:
    conversion, images = tiny_result.conversion, tiny_result.dataset.validation.images
    encodenet = keras.saving.load_model(saved / "encodenet.keras")
    decoder = keras.saving.load_model(saved / "decoder.keras")
    np.testing.assert_array_equal(predict(encodenet, images), predict(conversion.encodenet.model, images))
    features = predict(conversion.autoencoder.encoder, images)
    np.testing.assert_array_equal(
        predict(decoder, features), predict(conversion.autoencoder.decoder, features)
    )


def test_the_baseline_and_the_representatives_of_the_run_lie_beside(
    tiny_result: RunResult, saved: Path
) -> None:
    images, targets = tiny_result.dataset.validation.images, tiny_result.conversion.targets
    baseline = keras.saving.load_model(saved / "baseline.keras")
    np.testing.assert_array_equal(predict(baseline, images), predict(tiny_result.baseline.model, images))
    representatives = load_representatives(saved)
    np.testing.assert_array_equal(representatives.images, targets.representatives)
    np.testing.assert_array_equal(representatives.classes, targets.classes)


def test_the_picture_has_three_rows_of_twelve_images(saved: Path) -> None:
    with Image.open(saved / "reconstructions.png") as picture:
        assert picture.format == "PNG"
        assert picture.height == 3 * (64 + 4) + 4
        assert picture.width > 12 * 64


def test_a_trial_leaves_its_learning_curves_and_a_picture(tiny_result: RunResult, tmp_path: Path) -> None:
    save_conversion(tiny_result.conversion, tiny_result.dataset, tmp_path / "7")
    assert {path.name for path in (tmp_path / "7").iterdir()} == {"curves.json", "reconstructions.png"}
    curves = json.loads((tmp_path / "7" / "curves.json").read_text(encoding="utf-8"))
    assert {stage: len(losses) for stage, losses in curves.items()} == {"autoencoder": 1, "classifier": 3}


def test_models_that_cannot_be_written_whole_leave_nothing(
    tiny_result: RunResult, tmp_path: Path, files_of_at_most: Any
) -> None:
    with files_of_at_most(20_000), pytest.raises(OSError):
        save_models(tiny_result.conversion, tiny_result.config, tiny_result.dataset, tmp_path / "weights")
    assert list(tmp_path.iterdir()) == []


def diverged(result: RunResult, loss: float) -> RunResult:
    scores = dataclasses.replace(result.conversion.scores, validation_cross_entropy=loss)
    return dataclasses.replace(result, conversion=dataclasses.replace(result.conversion, scores=scores))


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_run_that_diverged_is_refused_in_one_line_and_leaves_nothing(
    loss: float, tiny_result: RunResult, tmp_path: Path
) -> None:
    with pytest.raises(
        InfeasibleConfig, match=rf"^encodenet.validation_cross_entropy is {loss}: [^\n]*rates$"
    ):
        save_result(diverged(tiny_result, loss), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_written_whole_leaves_no_metrics_of_an_earlier_one(
    tiny_result: RunResult, saved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(saved, folder)
    (folder / "decoder.keras").unlink()
    (folder / "decoder.keras").mkdir()
    with pytest.raises(IsADirectoryError):
        save_result(tiny_result, folder)
    assert not (folder / "metrics.json").exists()
