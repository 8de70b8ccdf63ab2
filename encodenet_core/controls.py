"""What the same effort gives without EncodeNet. A gain that these reach too is no gain of the method."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from time import perf_counter

import keras

from encodenet_core.autoencoder import autoencoder_macs
from encodenet_core.baseline import Baseline, fit_image_classifier
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.encodenet import classifier_macs, fit_encodenet
from encodenet_core.evaluation import Classification, classify_dataset
from encodenet_core.fitting import Report
from encodenet_core.macs import count_macs, training_macs
from encodenet_core.saved_models import load_model
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

    def compute() -> _Trained:
        started = perf_counter()
        model = clone_with_weights(baseline.model)
        fit_image_classifier(model, dataset, training, config.seed + 1, _renamed(report, "control_training"))
        macs = training_macs(count_macs(model), n_train, epochs)
        return _Trained(model, epochs, perf_counter() - started, macs)

    inputs = {"baseline": baseline.key, "training": training.model_dump(mode="json"), "seed": config.seed}
    return _obtain("control_training", inputs, dataset, cache, compute)


def control_features(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> Control:
    """Control B: the second stage on the baseline's own feature extractor."""

    def compute() -> _Trained:
        encoder = baseline.parts.feature_extractor
        control = fit_encodenet(config, dataset, baseline, encoder, _renamed(report, "control_features"))
        return _Trained(control.model, config.classifier.training.epochs, control.seconds, control.macs)

    section = config.classifier.model_dump(mode="json")
    inputs = {"baseline": baseline.key, "classifier": section, "seed": config.seed}
    return _obtain("control_features", inputs, dataset, cache, compute)


@dataclass(frozen=True, eq=False)
class _Trained:
    model: keras.Model
    epochs: int
    seconds: float
    macs: int


def _obtain(
    stage: str,
    inputs: dict[str, object],
    dataset: Dataset,
    cache: StageCache,
    compute: Callable[[], _Trained],
) -> Control:
    """A control is trained once, by whoever needs it first; its test scores are no part of the stage.

    So a study, which has no test split, and the real training after it share their controls.
    """

    def build(folder: Path) -> None:
        trained = compute()
        trained.model.save(folder / "control.keras")
        control = Control(
            classify_dataset(trained.model, dataset.without_test()),
            trained.epochs,
            trained.seconds,
            trained.macs,
        )
        (folder / "control.json").write_text(json.dumps(asdict(control)))

    folder = cache.obtain(stage, inputs, build)
    loaded = json.loads((folder / "control.json").read_text())
    control = Control(Classification(**loaded.pop("scores")), **loaded)
    if dataset.test is None:
        return control
    return replace(control, scores=classify_dataset(load_model(folder / "control.keras"), dataset))


def _renamed(report: Report, stage: str) -> Report:
    return lambda _, epoch, epochs, values: report(stage, epoch, epochs, values)
