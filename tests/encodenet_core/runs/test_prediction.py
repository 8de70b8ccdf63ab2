from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.config_values import dump_config, load_config
from encodenet_core.data.image_folder import read_folder
from encodenet_core.data.resizing import WantedImages
from encodenet_core.errors import ConfigError, DataError
from encodenet_core.models.inference import predict
from encodenet_core.run_result import RunResult
from encodenet_core.runs import prediction
from encodenet_core.runs.prediction import TrainedEncodeNet, open_encodenet, predict_images


@pytest.fixture(scope="module")
def encodenet(finished_run: Path) -> TrainedEncodeNet:
    return open_encodenet(finished_run)


def write_pictures(images: np.ndarray, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    return paths


def test_probabilities_are_the_softmax_of_the_logits_most_probable_first(
    encodenet: TrainedEncodeNet, tiny_result: RunResult
) -> None:
    images = tiny_result.dataset.validation.images
    logits = predict(tiny_result.conversion.encodenet.model, images).astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for made, expected in zip(encodenet.predict(images, top=10), shares, strict=True):
        assert made.label == expected.argmax()
        assert made.class_name == str(made.label)
        assert {name: share for name, share in made.top} == pytest.approx(
            {str(label): share for label, share in enumerate(expected)}
        )
        assert [share for _, share in made.top] == pytest.approx(sorted(expected, reverse=True))
        assert made.entropy == pytest.approx(-(expected * np.log(expected)).sum())


@pytest.mark.parametrize(("top", "shown"), [(1, 1), (3, 3), (99, 10)])
def test_as_many_classes_are_shown_as_were_asked_for_or_exist(
    top: int, shown: int, encodenet: TrainedEncodeNet
) -> None:
    (made,) = encodenet.predict(np.zeros((1, 8, 8, 1), np.uint8), top)
    assert len(made.top) == shown
    assert made.probability == made.top[0][1]
    assert 0 <= made.entropy <= math.log(10)


def test_pictures_on_disk_are_predicted_like_the_images_they_hold(
    encodenet: TrainedEncodeNet, tiny_result: RunResult, finished_run: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    images = tiny_result.dataset.validation.images[:7]
    write_pictures(images, tmp_path)
    monkeypatch.setattr(prediction, "PICTURES_AT_ONCE", 3)
    made = predict_images(finished_run, [tmp_path], top=2)
    assert [each.path.name for each in made] == [f"{number}.png" for number in range(7)]
    expected = encodenet.predict(images, 2)
    assert [each.prediction and each.prediction.top for each in made] == [
        tuple((name, pytest.approx(share, rel=1e-4)) for name, share in each.top) for each in expected
    ]


def test_an_unreadable_picture_does_not_keep_the_others_from_being_predicted(
    encodenet: TrainedEncodeNet, tmp_path: Path
) -> None:
    paths = write_pictures(np.zeros((3, 8, 8, 1), np.uint8), tmp_path)
    paths[1].write_bytes(b"nothing")
    first, broken, last = encodenet.predict_files(paths)
    assert first.prediction is not None and last.prediction is not None
    assert (broken.prediction, broken.image) == (None, None)
    assert str(broken.refusal).startswith(f"cannot read the image {paths[1]}")


def test_only_unreadable_pictures_give_only_refusals(encodenet: TrainedEncodeNet, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"")
    assert [each.prediction for each in encodenet.predict_files([tmp_path / "broken.png"])] == [None]


def test_what_is_no_run_or_no_picture_is_refused(finished_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        open_encodenet(tmp_path / "absent")
    with pytest.raises(DataError, match="there is no file or folder"):
        predict_images(finished_run, [tmp_path / "absent.png"])


def test_a_model_of_other_classes_than_the_metrics_name_is_refused(
    finished_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished_run, tmp_path / "copy")
    metrics = json.loads((tmp_path / "copy" / "metrics.json").read_text())
    metrics["dataset"]["class_names"] = ["cat", "dog"]
    (tmp_path / "copy" / "metrics.json").write_text(json.dumps(metrics))
    with pytest.raises(ConfigError, match="knows 10 classes, but metrics.json names 2"):
        open_encodenet(tmp_path / "copy")


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
def test_a_new_picture_is_brought_to_the_size_of_the_model_as_in_training(
    resize: str, finished_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(finished_run, tmp_path / "run")
    config = load_config(run / "config.yaml", {"dataset.image_size": [8, 8], "dataset.resize": resize})
    (run / "config.yaml").write_text(dump_config(config))
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    noise = np.random.default_rng(3).integers(0, 256, (40, 64), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photos" / "cat" / "1.jpg")
    wanted = WantedImages.of(config.dataset)
    expected = read_folder(tmp_path / "photos", wanted).x_train[0]
    (made,) = predict_images(run, [tmp_path / "photos" / "cat" / "1.jpg"])
    np.testing.assert_array_equal(made.image, expected)
