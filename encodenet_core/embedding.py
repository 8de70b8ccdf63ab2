"""The vectors that are clustered, and the three ways to compute them (EncodeNet, section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from time import perf_counter

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from encodenet_core.baseline import Baseline
from encodenet_core.config import EmbeddingConfig, EncodeNetConfig, Extractor
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import DataError
from encodenet_core.io.plain_arrays import save_array
from encodenet_core.models.macs import count_macs
from encodenet_core.stages.cache import Stage, StageCache
from encodenet_core.stages.contents import write_facts
from encodenet_core.stages.identity import modification_time

EMBEDDING = Stage("embedding", version=1)

Images = NDArray[np.uint8]
Embeddings = NDArray[np.float32]

BATCH_SIZE = 256
PIXELS_AT_ONCE = BATCH_SIZE * 32 * 32
"""Bounds a batch of larger images, and with it the memory of the activations."""

VGG16_SMALLEST = 32
PIXEL_COMPONENTS = 50
PIXEL_FIT_LIMIT = 10_000
"""The number of training images from which the principal components are estimated."""


def embed(
    config: EmbeddingConfig, splits: Sequence[Images], feature_extractor: keras.Model, seed: int
) -> list[Embeddings]:
    """The vectors to cluster, for every split.

    Args:
        config: the extractor, and for `vgg16` its weights.
        splits: arrays of images `(n_samples, height, width, channels)`; the first is the training split.
        feature_extractor: of the baseline; takes float images in [0, 1].
        seed: of the randomised decomposition, for `pixels`.

    Returns:
        An array `(n_samples, embedding_dim)` for each split.

    Raises:
        DataError: the weights of VGG16 cannot be had.
    """
    return EXTRACTORS[config.extractor](config, splits, feature_extractor, seed)


def embed_by_baseline(
    config: EmbeddingConfig, splits: Sequence[Images], feature_extractor: keras.Model, seed: int
) -> list[Embeddings]:
    """The baseline's own features, averaged over the positions."""

    def pooled_features(batch: Embeddings) -> Embeddings:
        features = np.asarray(feature_extractor.predict_on_batch(batch / np.float32(255)), np.float32)
        return np.asarray(features.mean(axis=tuple(range(1, features.ndim - 1))))

    return [_in_batches(pooled_features, images) for images in splits]


def embed_by_vgg16(
    config: EmbeddingConfig, splits: Sequence[Images], feature_extractor: keras.Model, seed: int
) -> list[Embeddings]:
    """The paper's: the output of VGG16's `block5_pool`, averaged over the positions, `(n_samples, 512)`.

    The paper says "13th layer" and (1, 1, 512), which for its images of 32 x 32 only `block5_pool` has.
    Smaller images are enlarged to 32, and grey ones repeated in three channels.
    """
    size = [max(VGG16_SMALLEST, length) for length in splits[0].shape[1:3]]
    vgg16 = _build_vgg16(config.weights or "imagenet", (*size, 3))

    def pooled_features(batch: Embeddings) -> Embeddings:
        if batch.shape[-1] == 1:
            batch = np.repeat(batch, 3, axis=-1)
        if batch.shape[1:3] != tuple(size):
            resized = keras.ops.image.resize(batch, size, interpolation="bilinear")
            batch = keras.ops.convert_to_numpy(resized)
        prepared = keras.applications.vgg16.preprocess_input(batch)
        return np.asarray(vgg16.predict_on_batch(prepared), np.float32)

    return [_in_batches(pooled_features, images) for images in splits]


def embed_by_pixels(
    config: EmbeddingConfig, splits: Sequence[Images], feature_extractor: keras.Model, seed: int
) -> list[Embeddings]:
    """The first principal components of the training images' pixels."""

    def flat(batch: Images | Embeddings) -> Embeddings:
        return np.asarray(batch.reshape(len(batch), -1) / np.float32(255), np.float32)

    train = splits[0]
    order = np.random.default_rng(seed).permutation(len(train))
    sample = flat(train[np.sort(order[:PIXEL_FIT_LIMIT])])
    pca = PCA(min(PIXEL_COMPONENTS, *sample.shape), random_state=seed)
    # Images that are all alike have no variance, and the shares of it that sklearn computes are 0 / 0.
    with threadpool_limits(1), np.errstate(invalid="ignore", divide="ignore"):
        pca.fit(sample)
        return [_in_batches(lambda batch: pca.transform(flat(batch)), images) for images in splits]


EXTRACTORS: dict[
    Extractor, Callable[[EmbeddingConfig, Sequence[Images], keras.Model, int], list[Embeddings]]
] = {
    "baseline": embed_by_baseline,
    "vgg16": embed_by_vgg16,
    "pixels": embed_by_pixels,
}


def _vgg16_macs(feature_extractor: keras.Model, image_shape: tuple[int, int, int]) -> int:
    height, width = (max(VGG16_SMALLEST, length) for length in image_shape[:2])
    macs, channels = 0, 3
    for filters, n_convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(n_convolutions):
            macs += 9 * channels * filters * height * width
            channels = filters
        height, width = height // 2, width // 2
    return macs


EMBEDDING_MACS: dict[Extractor, Callable[[keras.Model, tuple[int, int, int]], int]] = {
    "baseline": lambda feature_extractor, image_shape: count_macs(feature_extractor),
    "vgg16": _vgg16_macs,
    "pixels": lambda feature_extractor, image_shape: prod(image_shape) * PIXEL_COMPONENTS,
}
"""From the feature extractor and `(height, width, channels)` to the MACs of embedding one image."""


def _in_batches(embed_batch: Callable[[Embeddings], Embeddings], images: Images) -> Embeddings:
    """Embed images a batch at a time, so that they are never all floats at once."""
    height, width = images.shape[1:3]
    size = min(BATCH_SIZE, max(1, PIXELS_AT_ONCE // (height * width)))
    batches = (images[start : start + size] for start in range(0, len(images), size))
    return np.concatenate([embed_batch(batch.astype(np.float32)) for batch in batches])


def _build_vgg16(weights: str, input_shape: tuple[int, ...]) -> keras.Model:
    """VGG16 without its top, pooled; `weights` is `imagenet` or the path of a Keras weights file."""
    downloads = weights == "imagenet"
    if not downloads and not Path(weights).is_file():
        raise DataError(
            f"embedding.weights is {weights!r}, which is no file; give a Keras weights file of VGG16"
        )
    try:
        return keras.applications.VGG16(
            include_top=False, weights=weights, input_shape=input_shape, pooling="avg"
        )
    # A failed download is a plain Exception in Keras, and a bad file may be any of h5py's and Keras's errors.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
    if downloads:
        raise DataError(
            f"cannot download VGG16's ImageNet weights ({reason}); give a weights file with "
            "--set embedding.weights=PATH, or use --set embedding.extractor=baseline"
        )
    raise DataError(
        f"{weights} does not hold the weights of VGG16 without its top ({reason}); "
        "save them with keras.applications.VGG16(include_top=False).save_weights(PATH)"
    )


@dataclass(frozen=True)
class EmbeddingSpend:
    """Wall-clock seconds and multiply-accumulates that embedding both splits took."""

    seconds: float
    macs: int


def obtain_embedding(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache
) -> Path:
    """The stage that holds the vectors to cluster of both splits, `train.npy` and `validation.npy`.

    Raises:
        DataError: the weights of the extractor cannot be read.
    """

    def build(folder: Path) -> None:
        started = perf_counter()
        splits = [dataset.train.images, dataset.validation.images]
        train, validation = embed(config.embedding, splits, baseline.parts.feature_extractor, config.seed)
        save_array(folder, "train", train)
        save_array(folder, "validation", validation)
        seconds = perf_counter() - started
        count = EMBEDDING_MACS[config.embedding.extractor]
        per_image = count(baseline.parts.feature_extractor, dataset.image_shape)
        spend = EmbeddingSpend(seconds, per_image * (len(train) + len(validation)))
        write_facts(folder, asdict(spend))

    weights = config.embedding.weights
    inputs = {
        "dataset": dataset.fingerprint,
        "embedding": config.embedding.model_dump(mode="json"),
        "weights_modified": cache.identify("embedding.weights", weights, lambda: modification_time(weights)),
        "baseline": baseline.key if config.embedding.extractor == "baseline" else "",
        "seed": config.seed,
    }
    return cache.obtain(EMBEDDING, inputs, build)
