"""The network to improve: built and trained, or given, with what it thinks of every image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import BaselineConfig, EncodeNetConfig, Precision
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import channel_statistics
from encodenet_core.io.plain_arrays import open_array, save_array
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.found_pixels import settle_pixels
from encodenet_core.models.given import load_classifier
from encodenet_core.models.inference import predict
from encodenet_core.models.loading import load_model
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.models.pixel_forms import UNCHANGED, PixelForm
from encodenet_core.models.precision import layers_in
from encodenet_core.models.saved_optimizer import SavedOptimizer, read_saved_optimizer
from encodenet_core.models.split import SplitClassifier, split_classifier
from encodenet_core.models.weights import Weights, read_weights, save_weights
from encodenet_core.recipe_defaults import TRAINING_DEFAULTS
from encodenet_core.references import chance_warning
from encodenet_core.representatives import entropy_from_logits
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.stages.identity import content_hash
from encodenet_core.training.checkpoints import FitSummary
from encodenet_core.training.classifiers import fit_image_classifier
from encodenet_core.training.fitting import FitPlan
from encodenet_core.training.watch import Report, keep_silent

BASELINE = Stage("baseline", version=2)

Built = TypeVar("Built")


@dataclass(frozen=True, eq=False)
class Baseline:
    """A trained classifier of images in [0, 1] and its opinions.

    Attributes:
        model: images `(batch, height, width, channels)` to logits.
        train_logits: `(n_train, num_classes)` of the clean training images.
        train_entropies: `(n_train,)` nats, of the predictions that these logits make.
        key: the address of this stage, for the stages that build on it.
        seconds: that training took, 0 for a given model.
        macs: multiply-accumulates that training took.
        selected_weights: of the model at its best epoch on the validation split; only beside a test split,
            and not for a given model.
        cut: the layer that a given model is cut after; None where `split_classifier` finds it.
        pixels: in which form the given model takes them, which `model` prepares itself.
        optimizer: that a given model's file names.
    """

    model: keras.Model
    train_logits: NDArray[np.float32]
    train_entropies: NDArray[np.float64]
    key: str
    seconds: float
    macs: int
    selected_weights: Weights | None = None
    cut: str | None = None
    pixels: PixelForm = UNCHANGED
    optimizer: SavedOptimizer | None = None

    @cached_property
    def parts(self) -> SplitClassifier:
        """The feature extractor and the classifier, sharing the model's layers."""
        return split_classifier(self.model, self.cut)


def obtain_baseline(
    config: EncodeNetConfig, dataset: Dataset, cache: StageCache, report: Report = keep_silent
) -> Baseline:
    """The baseline of a config, from the cache where it is there already.

    Raises:
        ConfigError: a given model cannot be read or does not classify these images.
    """
    given = config.baseline.model
    model_content = cache.identify("baseline.model", given, lambda: content_hash(given))
    section = settle_pixels(config.baseline, model_content, dataset, cache)
    config = config.model_copy(update={"baseline": section})
    inputs = {
        "dataset": dataset.fingerprint,
        "baseline": {**_identity(section), "model": model_content},
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    folder = cache.obtain(BASELINE, inputs, lambda private: _build(private, config, dataset, report))
    facts = read_facts(folder)
    logits, entropies = (open_array(folder, name) for name in ("train_logits", "train_entropies"))
    model = load_model(folder / "baseline.keras")
    selects = dataset.test is not None and (folder / "selected.npz").exists()
    selected = read_weights(folder / "selected.npz") if selects else None
    spent = facts["seconds"], facts["macs"]
    return Baseline(
        model,
        logits,
        entropies,
        folder.name,
        *spent,
        selected,
        facts["cut"],
        PixelForm.of(section),
        _optimizer_in(facts, section),
    )


def _identity(section: BaselineConfig) -> dict[str, Any]:
    """What the baseline depends on. A given model is not trained: how it would be changes nothing of it."""
    if section.model is None:
        return section.identity()
    training = section.training
    recipe = TRAINING_DEFAULTS["baseline"][training.recipe]
    rate = training.learning_rate or recipe["learning_rate"]
    closed = {"learning_rate": rate, "optimizer": "recipe", "global_clipnorm": None, "class_weight": None}
    return section.model_copy(update={"training": training.model_copy(update=closed)}).identity()


def _optimizer_in(facts: Mapping[str, Any], section: BaselineConfig) -> SavedOptimizer | None:
    """The optimizer that the file of a given model names; stages of earlier versions do not hold it."""
    if "optimizer" in facts:
        return SavedOptimizer(**facts["optimizer"]) if facts["optimizer"] else None
    path = Path(section.model) if section.model else None
    return read_saved_optimizer(path) if path is not None and path.is_file() else None


def _build(folder: Path, config: EncodeNetConfig, dataset: Dataset, report: Report) -> None:
    """Train an architecture or load a given model, and write what the stage holds."""
    section, cut, optimizer = config.baseline, None, None
    if section.model is None:
        model = build_architecture(section, dataset, config.seed, config.compute.precision)
        plan = FitPlan("baseline", section.training, config.compute, folder / CHECKPOINT_FOLDER)
        summary = fit_image_classifier(model, dataset, plan, config.seed, report)
        macs = training_macs(count_macs(model), len(dataset.train.images), section.training.epochs)
    else:
        model, cut = load_classifier(Path(section.model), section, dataset)
        optimizer = read_saved_optimizer(Path(section.model))
        summary, macs = FitSummary((), 0.0), 0
    model.save(folder / "baseline.keras")
    if summary.selected_weights:
        save_weights(summary.selected_weights, folder / "selected.npz")
    logits = predict(model, dataset.train.images)
    save_array(folder, "train_logits", logits)
    save_array(folder, "train_entropies", entropy_from_logits(logits))
    facts = {
        "seconds": summary.seconds,
        "macs": macs,
        "losses": summary.losses,
        "validation_accuracies": summary.accuracies,
        "cut": cut,
        "optimizer": optimizer and optimizer.to_json(),
    }
    write_facts(folder, facts)


def build_architecture(
    section: BaselineConfig, dataset: Dataset, seed: int, precision: Precision = "float32"
) -> keras.Model:
    """A freshly initialised architecture that normalises by the training images' own statistics."""
    options = {"attention": section.attention} if section.attention else {}
    network = partial(ARCHITECTURES[section.architecture], width=section.width, **options)
    return build_normalizing(network, dataset, seed, precision)


def build_normalizing(
    network: Callable[..., Built], dataset: Dataset, seed: int, precision: Precision
) -> Built:
    """What a builder makes for a dataset, freshly initialised, normalising by its training images."""
    keras.utils.set_random_seed(seed)
    mean, variance = channel_statistics(dataset.train.images)
    statistics = mean.tolist(), np.maximum(variance, 1e-6).tolist()
    with layers_in(precision):
        return network(dataset.image_shape, dataset.num_classes, statistics)


def notes_on_baseline(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> Iterator[str]:
    """What the user should read of a baseline before it is converted, a line each."""
    if config.baseline.pixel_range == "auto":
        yield f"the baseline takes pixels in {baseline.pixels.words}, the best of all forms that were tried"
    labels = dataset.train.labels
    accuracy = float((baseline.train_logits.argmax(axis=1) == labels).mean())
    place = config.baseline.model, config.dataset.source
    warning = chance_warning(accuracy, dataset.num_classes, len(labels), *place)
    if warning is not None:
        yield warning
