from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import EmbeddingConfig, EncodeNetConfig, Extractor
from encodenet_core.config_values import build_config, flatten
from encodenet_core.data.dataset import Dataset
from encodenet_core.embedding import EMBEDDING_MACS, EXTRACTORS, embed, obtain_embedding
from encodenet_core.errors import DataError
from encodenet_core.models.macs import count_macs
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache


@pytest.fixture(scope="module")
def feature_extractor() -> keras.Model:
    """A convolution that sums the channels and doubles the sum, halving height and width."""
    images = keras.Input((8, 8, 3))
    convolution = keras.layers.Conv2D(2, 2, strides=2, use_bias=False)
    model = keras.Model(images, convolution(images))
    kernel = np.zeros((2, 2, 3, 2), np.float32)
    kernel[0, 0, :, 0], kernel[1, 1, :, 1] = 1.0, 2.0
    convolution.set_weights([kernel])
    return model


@pytest.fixture(scope="module")
def random_vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("weights") / "random.weights.h5"
    keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3)).save_weights(path)
    return path


def random_images(n_samples: int, seed: int = 0, size: int = 8, channels: int = 3) -> np.ndarray:
    shape = (n_samples, size, size, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_every_named_extractor_is_implemented() -> None:
    assert set(EXTRACTORS) == set(get_args(Extractor))


def test_the_cost_of_every_extractor_is_known(feature_extractor: keras.Model) -> None:
    assert set(EMBEDDING_MACS) == set(get_args(Extractor))
    # 16 positions of a 2x2 kernel from 3 to 2 channels; 50 components of 192 pixels.
    assert EMBEDDING_MACS["baseline"](feature_extractor, (8, 8, 3)) == 16 * 4 * 3 * 2
    assert EMBEDDING_MACS["pixels"](feature_extractor, (8, 8, 3)) == 50 * 192


@pytest.mark.parametrize(
    ("image_shape", "enlarged"),
    [((32, 32, 3), (32, 32, 3)), ((8, 8, 1), (32, 32, 3)), ((40, 57, 3), (40, 57, 3))],
    ids=str,
)
def test_the_cost_of_vgg16_is_that_of_its_convolutions(
    image_shape: tuple[int, int, int], enlarged: tuple[int, int, int], feature_extractor: keras.Model
) -> None:
    vgg16 = keras.applications.VGG16(weights=None, include_top=False, input_shape=enlarged)
    assert EMBEDDING_MACS["vgg16"](feature_extractor, image_shape) == count_macs(vgg16)


@pytest.mark.parametrize("extractor", sorted(EXTRACTORS))
def test_every_split_becomes_finite_vectors_of_one_length(
    extractor: Extractor, feature_extractor: keras.Model, random_vgg16: Path
) -> None:
    config = EmbeddingConfig(extractor=extractor, weights=str(random_vgg16))
    splits = [random_images(60), random_images(5, seed=1), random_images(1, seed=2)]
    embeddings = embed(config, splits, feature_extractor, seed=0)
    assert [len(vectors) for vectors in embeddings] == [60, 5, 1]
    assert len({vectors.shape[1:] for vectors in embeddings}) == 1
    assert all(vectors.ndim == 2 and vectors.dtype == np.float32 for vectors in embeddings)
    assert all(np.isfinite(vectors).all() for vectors in embeddings)


@pytest.mark.parametrize("extractor", sorted(EXTRACTORS))
def test_the_same_seed_gives_the_same_vectors(
    extractor: Extractor, feature_extractor: keras.Model, random_vgg16: Path
) -> None:
    config = EmbeddingConfig(extractor=extractor, weights=str(random_vgg16))
    first, second = (embed(config, [random_images(20)], feature_extractor, seed=4)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_the_baseline_s_features_of_unit_range_images_are_averaged(feature_extractor: keras.Model) -> None:
    images = random_images(300)
    (embeddings,) = embed(EmbeddingConfig(), [images], feature_extractor, seed=0)
    brightness = images.astype(np.float64).sum(axis=3) / 255
    expected = [brightness[:, ::2, ::2].mean(axis=(1, 2)), 2 * brightness[:, 1::2, 1::2].mean(axis=(1, 2))]
    np.testing.assert_allclose(embeddings, np.stack(expected, axis=1), rtol=1e-5)


def test_features_without_positions_are_taken_as_they_are() -> None:
    images = keras.Input((8, 8, 3))
    flat = keras.Model(images, keras.layers.Flatten()(images))
    (embeddings,) = embed(EmbeddingConfig(), [random_images(4)], flat, seed=0)
    np.testing.assert_allclose(embeddings, random_images(4).reshape(4, -1) / 255, rtol=1e-6)


def test_pixels_keep_the_distances_that_matter(feature_extractor: keras.Model) -> None:
    dark, bright = random_images(30) // 8, 255 - random_images(30, seed=1) // 8
    config = EmbeddingConfig(extractor="pixels")
    (embeddings,) = embed(config, [np.concatenate([dark, bright])], feature_extractor, seed=0)
    assert embeddings.shape == (60, 50)
    first = embeddings[:, 0]
    assert (first[:30].max() < first[30:].min()) or (first[:30].min() > first[30:].max())


def test_pixel_components_are_fitted_on_the_training_split_alone(feature_extractor: keras.Model) -> None:
    config, train = EmbeddingConfig(extractor="pixels"), random_images(60)
    alone = embed(config, [train], feature_extractor, seed=0)
    together = embed(config, [train, random_images(60, seed=1) // 2], feature_extractor, seed=0)
    assert np.array_equal(alone[0], together[0])


@pytest.mark.parametrize("n_samples", [1, 6])
def test_images_that_are_all_alike_have_pixel_vectors_too(
    n_samples: int, feature_extractor: keras.Model
) -> None:
    images = np.full((n_samples, 8, 8, 1), 7, np.uint8)
    (embeddings,) = embed(EmbeddingConfig(extractor="pixels"), [images], feature_extractor, seed=0)
    np.testing.assert_allclose(embeddings, np.zeros_like(embeddings), atol=1e-6)


def test_vgg16_takes_the_512_channels_of_its_last_pooling(
    random_vgg16: Path, feature_extractor: keras.Model
) -> None:
    images = random_images(3, size=32)
    config = EmbeddingConfig(extractor="vgg16", weights=str(random_vgg16))
    (embeddings,) = embed(config, [images], feature_extractor, seed=0)
    vgg16 = keras.applications.VGG16(include_top=False, weights=str(random_vgg16), input_shape=(32, 32, 3))
    assert vgg16.layers[-1].name == "block5_pool"
    blue_green_red = images[..., ::-1].astype(np.float32) - np.array([103.939, 116.779, 123.68], np.float32)
    features = vgg16.predict(blue_green_red, verbose=0)
    assert features.shape == (3, 1, 1, 512)
    np.testing.assert_allclose(embeddings, features.reshape(3, 512), rtol=1e-4, atol=1e-5)


def test_small_grey_images_are_enlarged_and_coloured_for_vgg16(
    random_vgg16: Path, feature_extractor: keras.Model
) -> None:
    config = EmbeddingConfig(extractor="vgg16", weights=str(random_vgg16))
    grey = np.full((2, 8, 8, 1), 40, np.uint8)
    grey[1] = 200
    colour = np.tile(grey[:, :1, :1], (1, 32, 32, 3))
    from_grey, from_colour = (
        embed(config, [images], feature_extractor, seed=0)[0] for images in (grey, colour)
    )
    np.testing.assert_allclose(from_grey, from_colour, rtol=1e-4, atol=1e-5)


def test_a_side_that_is_too_short_for_vgg16_is_stretched_alone(
    random_vgg16: Path, feature_extractor: keras.Model
) -> None:
    config = EmbeddingConfig(extractor="vgg16", weights=str(random_vgg16))
    pixels = np.random.default_rng(0).integers(0, 256, (2, 40, 1, 3), np.uint8)
    narrow, wide = (np.tile(pixels, (1, 1, width, 1)) for width in (24, 32))
    from_narrow, from_wide, from_turned = (
        embed(config, [images], feature_extractor, seed=0)[0]
        for images in (narrow, wide, narrow.transpose(0, 2, 1, 3))
    )
    np.testing.assert_allclose(from_narrow, from_wide, rtol=1e-4, atol=1e-5)
    assert from_turned.shape == from_wide.shape
    assert not np.allclose(from_turned, from_wide, rtol=0.01)


def test_a_missing_weights_file_is_a_data_error(feature_extractor: keras.Model, tmp_path: Path) -> None:
    for missing in (tmp_path / "none.weights.h5", tmp_path):
        config = EmbeddingConfig(extractor="vgg16", weights=str(missing))
        with pytest.raises(DataError, match="is no file; give a Keras weights file of VGG16"):
            embed(config, [random_images(2)], feature_extractor, seed=0)


@pytest.mark.parametrize("name", ["text.weights.h5", "text.h5", "text.npz", "text"])
def test_a_file_of_something_else_is_a_data_error(
    name: str, feature_extractor: keras.Model, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("not weights\n")
    config = EmbeddingConfig(extractor="vgg16", weights=str(tmp_path / name))
    with pytest.raises(DataError, match="does not hold the weights of VGG16") as caught:
        embed(config, [random_images(2)], feature_extractor, seed=0)
    assert "\n" not in str(caught.value)


def test_the_weights_of_another_network_are_a_data_error(
    feature_extractor: keras.Model, tmp_path: Path
) -> None:
    path = tmp_path / "other.weights.h5"
    feature_extractor.save_weights(path)
    with pytest.raises(DataError, match="does not hold the weights of VGG16") as caught:
        embed(
            EmbeddingConfig(extractor="vgg16", weights=str(path)),
            [random_images(2)],
            feature_extractor,
            seed=0,
        )
    assert "\n" not in str(caught.value)


def test_a_failed_download_names_the_remedies(
    feature_extractor: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setattr("urllib.request._opener", None)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nothing answers
    with pytest.raises(DataError, match="--set embedding.weights=PATH.*--set embedding.extractor=baseline"):
        embed(EmbeddingConfig(extractor="vgg16"), [random_images(2)], feature_extractor, seed=0)


def probe_accuracy(embeddings: list[np.ndarray], y_train: np.ndarray, y_test: np.ndarray) -> float:
    """Test accuracy of a ridge regression of the classes on standardised vectors."""
    mean, scale = embeddings[0].mean(axis=0), embeddings[0].std() + 1e-6
    train, test = ((vectors - mean) / scale for vectors in embeddings)
    gram = train.T @ train + len(train) * np.eye(train.shape[1])
    solution = np.linalg.solve(gram, train.T @ (np.eye(10)[y_train] - 0.1))
    return float(np.mean((test @ solution).argmax(axis=1) == y_test))


def save_imagenet_weights(archive: Path, path: Path) -> None:
    """Write the arrays of an archive as a weights file that Keras reads."""
    vgg16 = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    with np.load(archive, allow_pickle=False) as stored:
        for layer in (layer for layer in vgg16.layers if layer.weights):
            parts = [stored[f"{layer.name}/{part}"] for part in ("kernel", "bias")]
            layer.set_weights([part.astype(np.float32) for part in parts])
    vgg16.save_weights(path)


@pytest.mark.slow
def test_imagenet_weights_tell_classes_apart_better_than_random_ones(
    test_data: Path, tmp_path: Path, random_vgg16: Path, feature_extractor: keras.Model
) -> None:
    imagenet_vgg16 = tmp_path / "imagenet.weights.h5"
    save_imagenet_weights(test_data / "vgg16_notop_f16.npz", imagenet_vgg16)
    with np.load(test_data / "cifar10-mini.npz", allow_pickle=False) as cifar10:
        splits, labels = [[cifar10[f"{kind}_{part}"] for part in ("train", "test")] for kind in "xy"]
    accuracies = []
    for weights in (imagenet_vgg16, random_vgg16):
        config = EmbeddingConfig(extractor="vgg16", weights=str(weights))
        accuracies.append(probe_accuracy(embed(config, splits, feature_extractor, seed=0), *labels))
    assert accuracies[0] > accuracies[1] + 0.05


def changed(config: EncodeNetConfig, change: Mapping[str, Any]) -> EncodeNetConfig:
    return build_config({**flatten(config.model_dump()), **change})


def test_an_embedding_of_pixels_is_shared_by_all_baselines(
    tiny_result: RunResult, tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tiny_cache: StageCache
) -> None:
    other = dataclasses.replace(tiny_result.baseline, key="baseline-of-another-run")
    pixels = changed(tiny_config, {"embedding.extractor": "pixels"})
    by_pixels = {obtain_embedding(pixels, tiny_dataset, b, tiny_cache) for b in (tiny_result.baseline, other)}
    by_features = {
        obtain_embedding(tiny_config, tiny_dataset, b, tiny_cache) for b in (tiny_result.baseline, other)
    }
    assert (len(by_pixels), len(by_features)) == (1, 2)
