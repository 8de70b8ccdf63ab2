from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from color_models import color_images, save_color_archive, save_color_classifier
from keras import layers
from PIL import Image

from encodenet_core.models.pixel_forms import PixelForm

Encodenet = Callable[..., Any]
BGR = PixelForm((0.0, 255.0), "bgr")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_color_classifier(tmp_path / "mine.keras", BGR)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return save_color_archive(tmp_path / "colors.npz")


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_a_model_is_shown_with_its_layers_and_its_cut(type_encodenet: Encodenet, model: Path) -> None:
    outcome = type_encodenet("inspect", model)
    assert (outcome.code, outcome.err) == (0, "")
    told = unwrapped(outcome.out)
    for part in (
        f"a Keras archive, saved by Keras {keras.__version__}",
        "images 8 x 8 x 3",
        "answers 9 classes, softmax",
        "weights 45 in 4 layers",
        "cut after map, features 8 x 8 x 3: the last learnt feature map",
    ):
        assert part in told
    (row,) = [line for line in outcome.out.splitlines() if line.startswith("map ")]
    assert row.split() == ["map", "Conv2D", "8", "x", "8", "x", "3", "9", "cut"]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_long_model_is_shortened_to_its_ends_and_its_cut_in_any_width(
    columns: int, type_encodenet: Encodenet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = x = keras.Input((8, 8, 3))
    for number in range(30):
        x = layers.Conv2D(2, 3, padding="same", name=f"a_rather_long_name_of_a_convolution_{number}")(x)
    x = layers.Flatten()(x)
    for number in range(20):
        x = layers.Dense(3, name=f"dense_{number}")(x)
    keras.Model(images, x).save(tmp_path / "long.keras")
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = type_encodenet("inspect", tmp_path / "long.keras").out.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) < 40
    assert [line.split()[1] for line in lines if line.startswith("... ")] == ["22", "13"]
    (row,) = [line for line in lines if line.rstrip().endswith(" cut")]
    assert row.startswith("a_rather_long_name_of_a_convolution_29"[:20])
    assert any(line.startswith("dense_19") for line in lines)
    found = json.loads(type_encodenet("inspect", tmp_path / "long.keras", "--json").out)
    assert len(found["layers"]) == 52


def test_with_data_the_form_of_the_pixels_is_named_as_it_is_typed(
    type_encodenet: Encodenet, model: Path, data: Path
) -> None:
    outcome = type_encodenet("inspect", model, "--data", data)
    assert (outcome.code, outcome.err) == (0, "trying 9 forms of pixels on 27 validation images\n")
    told = unwrapped(outcome.out)
    assert "[0, 255], BGR * 100.00% 100.00%" in told
    assert "--set 'baseline.pixel_range=[0, 255]' --set baseline.channel_order=bgr" in told
    assert "classes in the order of the data" in told


def test_another_order_of_classes_is_told_by_names(
    type_encodenet: Encodenet, data: Path, tmp_path: Path
) -> None:
    order = (1, 0, 2, 3, 4, 5, 6, 7, 8)
    model = save_color_classifier(tmp_path / "moved.keras", BGR, order=order)
    told = unwrapped(type_encodenet("inspect", model, "--data", data).out)
    assert (
        "in another order than the data, 100.00% in its own: output 0 is 'brown', output 1 is 'navy';" in told
    )


def test_a_model_that_guesses_is_told_so(type_encodenet: Encodenet, model: Path, tmp_path: Path) -> None:
    images, labels = color_images(20)
    shuffled = np.random.default_rng(5).permutation(labels)
    np.savez(tmp_path / "noise.npz", x_train=images, y_train=shuffled)
    told = unwrapped(type_encodenet("inspect", model, "--data", tmp_path / "noise.npz").out)
    assert "no form is better than chance" in told


def test_json_holds_model_and_data(type_encodenet: Encodenet, model: Path, data: Path) -> None:
    found = json.loads(type_encodenet("inspect", model, "--data", data, "--json").out)
    assert (found["kind"], found["image_shape"], found["cut"]["layer"]) == ("keras", [8, 8, 3], "map")
    scores = found["data"]["scores"]
    assert scores["best"]["options"] == {"baseline.pixel_range": "[0, 255]", "baseline.channel_order": "bgr"}
    assert (scores["orders_agree"], len(scores["scores"])) == (True, 9)
    assert json.loads(type_encodenet("inspect", model, "--json").out)["data"] is None


def test_photos_of_mixed_sizes_are_brought_to_that_of_the_model(
    type_encodenet: Encodenet, model: Path, tmp_path: Path
) -> None:
    images, labels = color_images(10, side=12)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = tmp_path / "photos" / f"{label}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[: 12 - number % 3]).save(place / f"{number}.png")
    outcome = type_encodenet("inspect", model, "--data", tmp_path / "photos")
    assert outcome.err.startswith(
        "images are brought to the size of the model: dataset.image_size is [8, 8]\n"
    )
    assert "[0, 255], BGR * 100.00%" in unwrapped(outcome.out)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["absent.keras"], "'absent.keras' is no file; give the path of a trained .keras or .h5 classifier"),
        (["mine.keras", "--data", "absent"], "unknown dataset 'absent'"),
        (["mine.keras", "--set", "baseline.pixel_rage=1"], "did you mean 'baseline.pixel_range'?"),
        (["mine.keras", "--set", "baseline.pixel_range=tv"], "or auto, tf, torch, caffe"),
    ],
)
def test_what_cannot_be_looked_at_is_refused_in_one_line(
    arguments: list[str], part: str, type_encodenet: Encodenet, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    outcome = type_encodenet("inspect", *arguments)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert part in outcome.err


def test_a_model_that_cannot_be_cut_says_why(type_encodenet: Encodenet, tmp_path: Path) -> None:
    images = keras.Input((8, 8, 3))
    keras.Model(images, layers.Dense(4)(layers.Flatten()(images))).save(tmp_path / "flat.keras")
    outcome = type_encodenet("inspect", tmp_path / "flat.keras")
    assert outcome.code == 0
    assert "cut none: baseline" in unwrapped(outcome.out)
    assert "is no image classifier" in unwrapped(outcome.out)


def test_names_in_a_file_steer_no_terminal(type_encodenet: Encodenet, tmp_path: Path) -> None:
    images = keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 1, name="[red]odd\x1b[31m")(images)
    keras.Model(images, layers.Dense(4)(layers.GlobalAveragePooling2D()(x))).save(tmp_path / "odd.keras")
    outcome = type_encodenet("inspect", tmp_path / "odd.keras")
    assert outcome.code == 0
    assert "[red]odd[31m" in outcome.out and "\x1b[31m" not in outcome.out
