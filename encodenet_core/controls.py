"""What the same effort gives without EncodeNet. A gain that these reach too is no gain of the method."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from time import perf_counter

from encodenet_core.autoencoder import autoencoder_macs
from encodenet_core.baseline import Baseline, fit_image_classifier
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.encodenet import classifier_macs, fit_encodenet
from encodenet_core.evaluation import Classification, classify_dataset
from encodenet_core.fitting import Report
from encodenet_core.macs import count_macs, training_macs
from encodenet_core.split import clone_with_weights
from encodenet_core.stages import StageCache


@dataclass(frozen=True)
class Control:
    """The scores of a control and what it took."""

    scores: Classification
    epochs: int
    seconds: float
    macs: int


def encodenet_macs(config: EncodeNetConfig, baseline: Baseline, n_train: int) -> int:
    """Multiply-accumulates that both EncodeNet stages of a config spend after the baseline is trained.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    return autoencoder_macs(config, baseline, n_train) + classifier_macs(config, baseline, n_train)


def control_training(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    spend: int,
    cache: StageCache,
    report: Report,
) -> Control:
    """Control A: the baseline trained further by its own recipe, restarted, for at least `spend` MACs."""
    n_train = len(dataset.train.images)
    epochs = ceil(spend / training_macs(count_macs(baseline.model), n_train, epochs=1))
    training = config.baseline.training.model_copy(update={"epochs": epochs})

    def compute() -> Control:
        started = perf_counter()
        model = clone_with_weights(baseline.model)
        fit_image_classifier(model, dataset, training, config.seed + 1, _renamed(report, "control_training"))
        seconds = perf_counter() - started
        macs = training_macs(count_macs(model), n_train, epochs)
        return Control(classify_dataset(model, dataset), epochs, seconds, macs)

    inputs = {"baseline": baseline.key, "training": training.model_dump(mode="json"), "seed": config.seed}
    return _obtain("control_training", inputs, dataset, cache, compute)


def control_features(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> Control:
    """Control B: the second stage on the baseline's own feature extractor."""

    def compute() -> Control:
        encoder = baseline.parts.feature_extractor
        control = fit_encodenet(config, dataset, baseline, encoder, _renamed(report, "control_features"))
        scores = classify_dataset(control.model, dataset)
        return Control(scores, config.classifier.training.epochs, control.seconds, control.macs)

    section = config.classifier.model_dump(mode="json")
    inputs = {"baseline": baseline.key, "classifier": section, "seed": config.seed}
    return _obtain("control_features", inputs, dataset, cache, compute)


def _obtain(
    stage: str, inputs: dict[str, object], dataset: Dataset, cache: StageCache, compute: Callable[[], Control]
) -> Control:
    """The scores of a control depend on the test split, which is no part of the dataset's fingerprint."""

    def build(folder: Path) -> None:
        (folder / "control.json").write_text(json.dumps(asdict(compute())))

    tested = {"test": dataset.test_fingerprint}
    loaded = json.loads((cache.obtain(stage, inputs | tested, build) / "control.json").read_text())
    return Control(Classification(**loaded.pop("scores")), **loaded)


def _renamed(report: Report, stage: str) -> Report:
    return lambda _, epoch, epochs, values: report(stage, epoch, epochs, values)
