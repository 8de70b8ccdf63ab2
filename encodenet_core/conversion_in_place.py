"""A conversion that trains what its caller built, who can look at it after every epoch."""

from __future__ import annotations

from encodenet_core.autoencoder import UntrainedAutoencoder, train_autoencoder
from encodenet_core.baseline import Baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.encodenet import fit_encodenet
from encodenet_core.evaluation import classify_dataset, measure_reconstruction
from encodenet_core.grouping import obtain_grouping
from encodenet_core.pipeline import Conversion
from encodenet_core.stages import StageCache
from encodenet_core.targets import TARGETS
from encodenet_core.watch import UNWATCHED, Watch


def convert_in_place(
    untrained: UntrainedAutoencoder,
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    cache: StageCache,
    watch: Watch = UNWATCHED,
) -> Conversion:
    """Like `pipeline.convert`; the cache keeps the clusters, and nothing of autoencoder and EncodeNet."""
    grouped = obtain_grouping(config, dataset, baseline, cache)
    targets = TARGETS[config.autoencoder.target](dataset, grouped.grouping)
    autoencoder = train_autoencoder(untrained, config, dataset, baseline, targets, watch)
    reconstruction = measure_reconstruction(autoencoder.model, dataset.validation, targets)
    encodenet = fit_encodenet(config, dataset, baseline, autoencoder.encoder, watch.report)
    scores = classify_dataset(encodenet.model, dataset)
    return Conversion(grouped, targets, autoencoder, encodenet, scores, reconstruction)
