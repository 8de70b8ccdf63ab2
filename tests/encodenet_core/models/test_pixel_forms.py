from __future__ import annotations

from typing import get_args

import keras
import numpy as np
import pytest
from keras.src.applications.imagenet_utils import preprocess_input

from encodenet_core.config import BaselineConfig, NamedPixelRange
from encodenet_core.config_values import build_config
from encodenet_core.errors import ConfigError
from encodenet_core.io.plain_yaml import parse_yaml
from encodenet_core.models.pixel_forms import UNCHANGED, PixelForm, common_forms

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 3)).astype(np.float32)
FORMS = (*common_forms(3), PixelForm("tf"), PixelForm((-3.0, 7.0), "bgr"), PixelForm("caffe", "bgr"))


@pytest.mark.parametrize("mode", [mode for mode in get_args(NamedPixelRange) if mode != "auto"])
def test_a_named_range_is_that_of_keras_applications(mode: NamedPixelRange) -> None:
    expected = preprocess_input(PIXELS.copy(), mode=mode)
    np.testing.assert_allclose(PixelForm(mode).apply(PIXELS / 255), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.words)
def test_the_layers_of_a_form_do_what_it_does_to_arrays(form: PixelForm) -> None:
    images = PIXELS / 255
    prepare = form.preparation()
    assert (prepare is None) == (form == UNCHANGED)
    prepared = images if prepare is None else keras.ops.convert_to_numpy(prepare(images))
    np.testing.assert_allclose(prepared, form.apply(images), rtol=1e-5, atol=1e-5)


def test_bgr_is_the_other_way_round_and_caffe_is_bgr_in_any_order() -> None:
    image = np.array([[[[0.0, 0.5, 1.0]]]], np.float32)
    assert PixelForm((0.0, 255.0), "bgr").apply(image).ravel().tolist() == [255, 127.5, 0]
    np.testing.assert_array_equal(PixelForm("caffe").apply(image), PixelForm("caffe", "bgr").apply(image))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.words)
def test_the_options_of_a_form_name_it_in_a_config(form: PixelForm) -> None:
    options = {key: parse_yaml(value) for key, value in form.options.items()}
    section = build_config({"baseline.model": "m.keras", **options}).baseline
    assert PixelForm.of(section) == form


def test_common_forms_differ_and_grey_images_have_no_colours() -> None:
    images = PIXELS / 255
    colored = [form.apply(images) for form in common_forms(3)]
    assert len(colored) == 9
    for place, one in enumerate(colored):
        assert all(np.abs(one - other).max() > 0.1 for other in colored[place + 1 :])
    assert [form.words for form in common_forms(1)] == ["[0, 1]", "[0, 255]", "[-1, 1]"]


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"pixel_range": "torch"}, "baseline.pixel_range is torch"),
        ({"channel_order": "bgr"}, "channel_order"),
    ],
)
def test_grey_images_are_refused_what_only_colours_have(section: dict[str, str], key: str) -> None:
    form = PixelForm.of(BaselineConfig.model_validate({"model": "m.keras", **section}))
    form.check_channels(3)
    with pytest.raises(ConfigError, match=rf"{key}.*set dataset.color to rgb$"):
        form.check_channels(1)
