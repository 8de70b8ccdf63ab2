"""What the figures show: a finished run's folder, and the stages that it left in the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.baseline import Baseline, obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError
from encodenet_core.grouping import GroupedImages, obtain_grouping, obtain_inertias
from encodenet_core.images import obtain_whole_dataset
from encodenet_core.models.inference import predict
from encodenet_core.models.loading import load_model
from encodenet_core.runs.folder import read_metrics
from encodenet_core.runs.opening import check_same_dataset, saved_config
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import Report, keep_silent


@dataclass(frozen=True, eq=False)
class Material:
    """A run as its figures see it; images stay uint8.

    Attributes:
        inertias: the elbow curve of every class.
        encoder: images to features, as converted.
        decoder: features to reconstructions.
        metrics: the content of `metrics.json`.
    """

    config: EncodeNetConfig
    dataset: Dataset
    baseline: Baseline
    grouped: GroupedImages
    inertias: list[list[float]]
    encoder: keras.Model
    decoder: keras.Model
    metrics: Mapping[str, Any]

    def reconstruct(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the run's autoencoder makes of some images `(n_images, height, width, channels)`."""
        return predict(self.decoder, predict(self.encoder, images))

    @property
    def clustering_words(self) -> str:
        """How the images were grouped, for a subtitle."""
        section = self.config.clustering
        return f"{section.method} on {self.config.embedding.extractor} embeddings"


def gather_material(
    folder: Path, cache: StageCache, tell: Callable[[str], None], report: Report = keep_silent
) -> Material:
    """Read a finished run, and take its baseline and clusters from the cache.

    Args:
        folder: the output folder of `encodenet train`.
        cache: where the run left its stages; those that are gone are computed again.
        tell: called with one line for every stage that has to be computed.
        report: called after every epoch, should the baseline have to be trained again.

    Raises:
        ConfigError: the folder holds no finished run, or its models do not fit each other.
        DataError: the images of the run cannot be read.
    """
    config = saved_config(folder)
    dataset = obtain_whole_dataset(config.dataset, config.seed, cache, report)
    check_same_dataset(folder, dataset)
    encoder, decoder = (load_model(folder / f"{half}.keras") for half in ("encoder", "decoder"))
    _check_fit(folder, encoder, decoder)
    telling = telling_cache(cache.root, tell)
    baseline = obtain_baseline(config, dataset, telling, report)
    return Material(
        config=config,
        dataset=dataset,
        baseline=baseline,
        grouped=obtain_grouping(config, dataset, baseline, telling),
        inertias=obtain_inertias(config, dataset, baseline, telling),
        encoder=encoder,
        decoder=decoder,
        metrics=read_metrics(folder),
    )


def telling_cache(root: Path, tell: Callable[[str], None]) -> StageCache:
    """A cache that says which stages it does not hold before it computes them."""
    return StageCache(root, on_missing=lambda stage: tell(f"{stage} is not in {root}: computing it"))


def _check_fit(folder: Path, encoder: keras.Model, decoder: keras.Model) -> None:
    features, expected = tuple(encoder.outputs[0].shape[1:]), tuple(decoder.inputs[0].shape[1:])
    if features != expected:
        raise ConfigError(
            f"the models in {folder} are not of one run: encoder.keras gives features {features}, but "
            f"decoder.keras takes {expected}; train the run again"
        )
