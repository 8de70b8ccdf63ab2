from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult
from encodenet_core.runs.explanation import open_explainer
from encodenet_core.runs.opening import evaluate_folder
from encodenet_core.runs.prediction import open_encodenet
from encodenet_core.runs.saving import save_models, save_result


def test_the_models_of_a_trial_are_a_run_that_can_be_scored_and_put_to_use(
    tiny_result: RunResult, tmp_path: Path
) -> None:
    config, dataset = tiny_result.config, tiny_result.dataset
    folder = tmp_path / "7" / "weights"
    for _ in range(2):  # the second in the place of the first
        save_models(tiny_result.conversion, config, dataset.without_test(), folder)
    assert [path.name for path in folder.parent.iterdir()] == ["weights"]
    found = evaluate_folder(folder)
    assert found["validation_accuracy"] == tiny_result.conversion.scores.validation_accuracy
    assert open_encodenet(folder).class_names == dataset.class_names
    open_explainer(folder)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["dataset"]["n_test"] == 0
    assert not {"baseline", "control_training", "control_features"} & set(metrics)


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
