from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from color_models import NAMES, color_images, save_color_archive, save_color_classifier

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import Dataset, load_dataset
from encodenet_core.errors import DataError
from encodenet_core.models.fit_to_data import DataFit, measure_fit
from encodenet_core.models.pixel_forms import PixelForm

BGR = PixelForm((0.0, 255.0), "bgr")


def fit_of(
    model: Path, data: Path | str, shape: tuple[int | None, ...], **others: Any
) -> tuple[DataFit, list[str]]:
    said: list[str] = []
    values = {"baseline.model": str(model), "dataset.source": str(data), **others}
    return measure_fit(build_config(values), shape, load, said.append), said


def load(config: EncodeNetConfig) -> Dataset:
    return load_dataset(config.dataset, config.seed)


def test_every_form_is_tried_on_validation_images_and_the_test_split_is_not_looked_at(tmp_path: Path) -> None:
    model = save_color_classifier(tmp_path / "mine.keras", BGR)
    fit, said = fit_of(model, save_color_archive(tmp_path / "colors.npz", blank_test=True), (8, 8, 3))
    assert said == ["trying 9 forms of pixels on 36 validation images"]
    assert fit.scores is not None
    assert (fit.scores.best.form, fit.scores.best.accuracy) == (BGR, 1.0)
    assert (fit.name, fit.image_shape, fit.class_names) == ("colors", (8, 8, 3), NAMES)
    assert (dict(fit.needed), fit.refusal) == ({}, None)
    assert fit.to_json()["scores"]["best"]["options"] == BGR.options


def test_a_form_of_the_config_is_tried_beside_the_common_ones(tmp_path: Path) -> None:
    odd = PixelForm((-100.0, 300.0))
    model = save_color_classifier(tmp_path / "mine.keras", odd)
    data = save_color_archive(tmp_path / "colors.npz")
    fit, _ = fit_of(model, data, (8, 8, 3), **{"baseline.pixel_range": [-100, 300]})
    assert fit.scores is not None
    assert len(fit.scores.scores) == 10
    assert fit.scores.best.form == odd


def test_images_are_made_to_fit_and_the_options_are_told(tmp_path: Path) -> None:
    images, labels = color_images(10, side=12)
    np.savez(tmp_path / "larger.npz", x_train=images, y_train=labels)
    model = save_color_classifier(tmp_path / "mine.keras", BGR)
    fit, _ = fit_of(model, tmp_path / "larger.npz", (8, 8, 3))
    assert dict(fit.needed) == {"dataset.image_size": "[8, 8]"}
    assert fit.image_shape == (12, 12, 3)
    assert fit.scores is not None and fit.scores.best.form == BGR


def test_other_classes_are_told_as_what_does_not_fit(tmp_path: Path) -> None:
    images, labels = color_images(10)
    kept = labels < 4
    np.savez(tmp_path / "fewer.npz", x_train=images[kept], y_train=labels[kept])
    model = save_color_classifier(tmp_path / "mine.keras", BGR)
    fit, said = fit_of(model, tmp_path / "fewer.npz", (8, 8, 3))
    assert fit.scores is None and said == []
    assert "gives 9 logits, but the dataset has images (8, 8, 3) of 4 classes" in str(fit.refusal)
    assert fit.to_json()["scores"] is None


def test_data_that_are_not_there_are_refused(tmp_path: Path) -> None:
    model = save_color_classifier(tmp_path / "mine.keras", BGR)
    with pytest.raises(DataError, match="unknown dataset 'absent'"):
        fit_of(model, "absent", (8, 8, 3))
