"""Attention in residual networks: the sizes of table 5, and what each does to a map."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import ATTENDED, Attention
from encodenet_core.config_values import build_config
from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.architectures.attention import ATTENTIONS, convolve_in_groups
from encodenet_core.models.split import split_classifier

SHAPE = (5, 4, 64)

COUNTS = {
    "se": (2_514_944, 26_035_786),
    "bam": (358_067, 23_878_909),
    "cbam": (2_532_592, 26_053_434),
    "gam": (125_765_136, 149_285_978),
    "gam_groups": (33_340_944, 56_861_786),
}
"""What ResNet50 grows by, and how many weights it trains then, for 10 classes."""


def attended(name: str, shape: tuple[int, int, int] = SHAPE) -> keras.Model:
    keras.utils.set_random_seed(0)
    images = keras.Input(shape)
    return keras.Model(images, ATTENTIONS[name](images))  # type: ignore[index]


def run(model: keras.Model, inputs: Any) -> Any:
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def random_map() -> Any:
    return np.random.default_rng(0).standard_normal((2, *SHAPE)).astype(np.float32)


def test_every_name_has_an_implementation_and_no_other() -> None:
    assert set(ATTENTIONS) == set(get_args(Attention)) == set(ATTENDED)


@pytest.mark.parametrize("name", ATTENTIONS)
def test_resnet50_has_exactly_the_weights_of_table_5(name: str) -> None:
    with keras.StatelessScope(initialize_variables=False):
        model = ARCHITECTURES["resnet50"]((32, 32, 3), 10, ([0.5] * 3, [0.2] * 3), attention=name)
    total = sum(prod(weight.shape) for weight in model.trainable_weights)
    assert (total - 23_520_842, total) == COUNTS[name]


@pytest.mark.parametrize("name", ATTENTIONS)
def test_a_map_keeps_its_shape_and_what_is_saved_computes_the_same(name: str, tmp_path: Path) -> None:
    model, maps = attended(name), random_map()
    result = run(model, maps)
    assert result.shape == maps.shape
    assert np.isfinite(result).all()
    model.save(tmp_path / "attended.keras")
    np.testing.assert_array_equal(run(keras.models.load_model(tmp_path / "attended.keras"), maps), result)


@pytest.mark.parametrize("name", ["se", "gam", "gam_groups"])
def test_without_a_say_every_weight_is_a_half(name: str) -> None:
    model, maps = attended(name), random_map()
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    factor = 0.5 if name == "se" else 0.25  # once by channels, once by places
    np.testing.assert_allclose(run(model, maps), factor * maps, rtol=1e-6)


def test_bam_at_zero_branches_adds_half_of_the_map() -> None:
    model, maps = attended("bam"), random_map()
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    np.testing.assert_allclose(run(model, maps), 1.5 * maps, rtol=1e-6)


def test_the_places_of_cbam_have_no_say_at_first() -> None:
    model, maps = attended("cbam"), random_map()
    by_channels = run(model, maps) / maps * 2
    np.testing.assert_allclose(by_channels, np.broadcast_to(by_channels[:, :1, :1], maps.shape), rtol=1e-4)


def test_a_convolution_in_groups_is_that_of_keras() -> None:
    maps = keras.Input((5, 4, 8))
    ours = keras.Model(maps, convolve_in_groups(maps, 12, groups=4))
    theirs = keras.Sequential([maps, keras.layers.Conv2D(12, 7, padding="same", use_bias=False, groups=4)])
    theirs.set_weights([np.concatenate(ours.get_weights(), axis=-1)])
    images = np.random.default_rng(0).random((2, 5, 4, 8), np.float32)
    np.testing.assert_allclose(run(ours, images), run(theirs, images), rtol=1e-4, atol=1e-5)


def test_groups_are_shuffled_so_that_each_sees_all_others() -> None:
    model = attended("gam_groups", (5, 4, 256))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
        if isinstance(layer, keras.layers.Conv2D):
            layer.set_weights([np.full(layer.kernel.shape, 1 / prod(layer.kernel.shape[:3]))])
    maps = np.ones((1, 5, 4, 256), np.float32)
    maps[..., :64] = 3  # of the first group alone
    factors = run(model, maps) / maps
    assert len(np.unique(factors[0, 2, 2].round(6))) == 1  # the first group alone would tell the groups apart


@pytest.mark.parametrize("name", ATTENTIONS)
def test_a_network_with_attention_learns_and_is_cut_where_it_was(name: str) -> None:
    architecture = "resnet18" if name == "gam_groups" else "resnet20"
    keras.utils.set_random_seed(0)
    model = ARCHITECTURES[architecture]((8, 8, 1), 3, ([0.5], [0.2]), attention=name)
    assert split_classifier(model).cut == "features"
    before = model.get_weights()
    images, labels = np.random.default_rng(0).random((6, 8, 8, 1), np.float32), np.arange(6) % 3
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert np.isfinite(model.train_on_batch(images, labels))
    assert sum(not np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True)) > 60


@pytest.mark.soak
@pytest.mark.parametrize("name", ATTENTIONS)
def test_resnet50_with_attention_takes_a_training_step_at_full_width(name: str) -> None:
    keras.utils.set_random_seed(0)
    model = ARCHITECTURES["resnet50"]((32, 32, 3), 10, ([0.5] * 3, [0.2] * 3), attention=name)
    before = keras.ops.convert_to_numpy(model.trainable_weights[0])
    images, labels = np.random.default_rng(0).random((4, 32, 32, 3), np.float32), np.arange(4)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert np.isfinite(model.train_on_batch(images, labels))
    assert not np.array_equal(before, keras.ops.convert_to_numpy(model.trainable_weights[0]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"baseline.architecture": "vgg8", "baseline.attention": "se"}, "resnet18, resnet20"),
        ({"baseline.architecture": "resnet20", "baseline.attention": "gam_groups"}, "resnet18, resnet50"),
        ({"baseline.model": "model.keras", "baseline.attention": "se"}, "null, or a baseline.architecture"),
    ],
)
def test_an_attention_that_a_baseline_cannot_have_is_refused(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError, match=rf"baseline.attention is '\w+', but expected is: .*{expected}"):
        build_config(values)


def test_groups_that_do_not_divide_a_narrow_networks_channels_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"^gam_groups makes 4 groups of 2 channels, .*raise baseline.width"
    ):
        ARCHITECTURES["resnet50"]((8, 8, 1), 3, ([0.5], [0.2]), attention="gam_groups", width=0.125)
