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

from encodenet_core.batches import predict
from encodenet_core.config_values import load_config
from encodenet_core.errors import ConfigError, InfeasibleConfig
from encodenet_core.evaluation import classify_dataset
from encodenet_core.explanation import open_explainer
from encodenet_core.pipeline import RunResult
from encodenet_core.prediction import open_encodenet
from encodenet_core.results import evaluate_folder, metrics_of, save_result, save_trial, save_trial_models
from encodenet_core.saved_representatives import load_representatives

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


@pytest.fixture(scope="module")
def saved(tiny_result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "new" / "folder"
    save_result(tiny_result, folder)
    return folder


@pytest.fixture(scope="module")
def metrics(saved: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((saved / "metrics.json").read_text(encoding="utf-8"))
    return read


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
    save_trial(tiny_result.conversion, tiny_result.dataset, tmp_path / "7")
    assert {path.name for path in (tmp_path / "7").iterdir()} == {"curves.json", "reconstructions.png"}
    curves = json.loads((tmp_path / "7" / "curves.json").read_text(encoding="utf-8"))
    assert {stage: len(losses) for stage, losses in curves.items()} == {"autoencoder": 1, "classifier": 3}


def test_the_models_of_a_trial_are_a_run_that_can_be_scored_and_put_to_use(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    config, dataset = tiny_result.config, tiny_result.dataset
    folder = tmp_path / "7" / "weights"
    for _ in range(2):  # the second in the place of the first
        save_trial_models(tiny_result.conversion, config, dataset.without_test(), folder)
    assert [path.name for path in folder.parent.iterdir()] == ["weights"]
    found = evaluate_folder(folder)
    assert found["validation_accuracy"] == tiny_result.conversion.scores.validation_accuracy
    assert open_encodenet(folder).class_names == dataset.class_names
    open_explainer(folder)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["dataset"]["n_test"] == 0
    assert not {"baseline", "control_training", "control_features"} & set(metrics)


def test_models_that_cannot_be_written_whole_leave_nothing(
    tiny_result: RunResult, tmp_path: Path, files_of_at_most: Any
) -> None:
    with files_of_at_most(20_000), pytest.raises(OSError):
        save_trial_models(
            tiny_result.conversion, tiny_result.config, tiny_result.dataset, tmp_path / "weights"
        )
    assert list(tmp_path.iterdir()) == []


def test_scoring_the_folder_again_gives_the_very_same_numbers(saved: Path, metrics: dict[str, Any]) -> None:
    assert evaluate_folder(saved) == metrics["encodenet"]


def test_a_folder_that_was_moved_is_scored_alike(
    saved: Path, metrics: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(saved, tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    assert evaluate_folder(Path("elsewhere")) == metrics["encodenet"]


def test_the_same_images_from_an_archive_are_scored_alike(
    saved: Path, metrics: dict[str, Any], digits_archive: Path
) -> None:
    assert evaluate_folder(saved, str(digits_archive)) == metrics["encodenet"]


def test_other_images_are_scored_as_they_are(saved: Path, digits_archive: Path, tmp_path: Path) -> None:
    with np.load(digits_archive) as arrays:
        images, labels = arrays["x_train"], arrays["y_train"]
    wrong = (labels + 1) % 10
    np.savez(tmp_path / "other.npz", x_train=images, y_train=labels, x_test=images[:500], y_test=wrong[:500])
    scores = evaluate_folder(saved, str(tmp_path / "other.npz"))
    model = keras.saving.load_model(saved / "encodenet.keras")
    pixels = np.rint(images[:500, ..., np.newaxis] * 255).astype(np.uint8)
    assert scores["test_accuracy"] == np.mean(predict(model, pixels).argmax(axis=1) == wrong[:500])


@pytest.mark.parametrize(
    ("size", "num_classes", "part"),
    [(8, 7, "has the classes 0, 1, 2, 3, 4, 5, 6, but the model"), (9, 10, "images (9, 9, 1) of 10")],
)
def test_a_dataset_of_another_kind_is_refused_in_one_line(
    size: int, num_classes: int, part: str, saved: Path, tmp_path: Path
) -> None:
    images = np.zeros((200, size, size), np.uint8)
    np.savez(tmp_path / "other.npz", x_train=images, y_train=np.arange(200) % num_classes)
    with pytest.raises(ConfigError) as refusal:
        evaluate_folder(saved, str(tmp_path / "other.npz"))
    assert part in str(refusal.value)
    assert "\n" not in str(refusal.value)


def with_other_names(archive: Path, path: Path, class_names: list[str]) -> Path:
    with np.load(archive) as arrays:
        np.savez(path, **arrays, class_names=np.array(class_names))
    return path


@pytest.mark.parametrize("class_names", [list("0123456798"), list("abcdefghij")], ids="".join)
def test_other_class_names_or_another_order_of_them_are_refused_in_one_line(
    class_names: list[str], saved: Path, digits_archive: Path, tmp_path: Path
) -> None:
    archive = with_other_names(digits_archive, tmp_path / "renamed.npz", class_names)
    with pytest.raises(ConfigError) as refusal:
        evaluate_folder(saved, str(archive))
    message = str(refusal.value)
    assert message.startswith(f"the dataset has the classes {', '.join(class_names)}, but the model in ")
    assert message.endswith("knows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, in that order; give a dataset of these")
    assert "\n" not in message


def test_the_same_class_names_may_be_spelt_out(
    saved: Path, metrics: dict[str, Any], digits_archive: Path, tmp_path: Path
) -> None:
    archive = with_other_names(digits_archive, tmp_path / "named.npz", list("0123456789"))
    assert evaluate_folder(saved, str(archive)) == metrics["encodenet"]


def test_images_that_changed_since_the_training_are_refused_in_one_line_unless_they_are_named(
    tiny_result: RunResult, digits_archive: Path, tmp_path: Path
) -> None:
    source, folder = tmp_path / "mine.npz", tmp_path / "folder"
    shutil.copy(digits_archive, source)
    section = tiny_result.config.dataset.model_copy(update={"source": str(source), "flip": False})
    config = tiny_result.config.model_copy(update={"dataset": section})
    metrics = save_result(dataclasses.replace(tiny_result, config=config), folder)
    assert evaluate_folder(folder) == metrics["encodenet"]
    with np.load(digits_archive) as arrays:
        np.savez(source, x_train=1 - arrays["x_train"], y_train=arrays["y_train"])
    with pytest.raises(ConfigError) as refusal:
        evaluate_folder(folder)
    message = str(refusal.value)
    assert message.startswith("the images of ")
    assert message.endswith("bring those back, or name the others with --data")
    assert "\n" not in message
    assert evaluate_folder(folder, str(source))["parameters"] == metrics["encodenet"]["parameters"]


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


@pytest.mark.parametrize("missing", ["config.yaml", "encodenet.keras", "metrics.json"])
def test_a_folder_without_a_finished_run_is_refused(missing: str, saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "copy")
    (tmp_path / "copy" / missing).unlink()
    with pytest.raises(ConfigError, match=f"holds no {missing}; give the output folder"):
        evaluate_folder(tmp_path / "copy")


def test_a_damaged_model_is_refused_in_one_line(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "copy")
    (tmp_path / "copy" / "encodenet.keras").write_bytes(b"no model")
    with pytest.raises(ConfigError, match=r"encodenet\.keras' cannot be loaded \([^\n]*$"):
        evaluate_folder(tmp_path / "copy")
