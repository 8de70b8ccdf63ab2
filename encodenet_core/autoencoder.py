"""The converting autoencoder: an image in, the representative of its cluster out (section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from encodenet_core.baseline import Baseline, build_architecture
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_training import AugmentedTrainingConfig
from encodenet_core.conversion_loss import conversion_loss
from encodenet_core.costs import autoencoder_macs, decoder_cost, plan_for
from encodenet_core.data.dataset import Dataset
from encodenet_core.decoder import DecoderCost, build_decoder
from encodenet_core.models.precision import layers_in
from encodenet_core.models.split import clone_afresh, clone_with_weights, split_classifier
from encodenet_core.models.teaching import Frozen, side_by_side
from encodenet_core.models.weights import load_weights, save_weights
from encodenet_core.probe import build_probe
from encodenet_core.recipe_defaults import BORROWED
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.targets import Targets
from encodenet_core.teacher import teacher_of_conversion
from encodenet_core.training.checkpoints import FitSummary
from encodenet_core.training.fitting import FitPlan, fit
from encodenet_core.training.recipes import FittedStage, augmented_batches
from encodenet_core.training.watch import Watch

AUTOENCODER = Stage("autoencoder", version=1)


@dataclass(frozen=True, eq=False)
class ConvertingAutoencoder:
    """A fitted autoencoder with its two halves, which share its weights.

    Attributes:
        model: images `(batch, height, width, channels)` in [0, 1] to images of the same shape.
        encoder: images to features.
        decoder: features to images.
        classifier: features to logits, trained with the encoder; None where classes did not count.
        cost: of the decoder.
        losses: of each epoch on the augmented training images: the mean squared error, and what else counts.
        seconds: that the fit took.
        macs: multiply-accumulates that the fit took.
        key: the address of this stage; empty where it is not kept.
    """

    model: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    classifier: keras.Model | None
    cost: DecoderCost
    losses: tuple[float, ...]
    seconds: float
    macs: int
    key: str = ""


def obtain_autoencoder(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    targets: Targets,
    cache: StageCache,
    watch: Watch,
) -> ConvertingAutoencoder:
    """The autoencoder of a config, from the cache where it is there already.

    Raises:
        InfeasibleConfig: the decoder is too large, or training diverged.
        Stopped: a report was answered so.
    """
    teacher = teacher_of_conversion(config, dataset, baseline, cache, watch.report)
    built = build_autoencoder(config, dataset, baseline).taught_by(teacher)

    def build(folder: Path) -> None:
        place = watch.checkpoint or folder / CHECKPOINT_FOLDER
        summary = _fit(built, config, dataset, targets, replace(watch, checkpoint=place))
        save_weights(built.trained.get_weights(), folder / "autoencoder.npz")
        write_facts(folder, {"losses": summary.losses, "seconds": summary.seconds})

    inputs = _inputs(config, baseline, targets, teacher, watch.until)
    folder = cache.obtain(AUTOENCODER, inputs, build)
    load_weights(folder / "autoencoder.npz", built.trained)
    facts = read_facts(folder)
    summary = FitSummary(tuple(facts["losses"]), facts["seconds"])
    return built.finished(summary, _macs(config, baseline, dataset, summary), folder.name)


def _inputs(
    config: EncodeNetConfig, baseline: Baseline, targets: Targets, teacher: Baseline | None, until: int | None
) -> dict[str, Any]:
    """What the fit reads; what later versions added is left out where it is not asked for."""
    inputs: dict[str, Any] = {
        "baseline": baseline.key,
        "autoencoder": config.autoencoder.identity(),
        "compute": config.compute.model_dump(mode="json"),
        "seed": config.seed,
    }
    if config.autoencoder.reconstruction_weight:
        inputs["targets"] = targets.train.fingerprint()
        inputs["decoder"] = config.decoder.model_dump(mode="json")
    if config.autoencoder.training.recipe == BORROWED:
        inputs["recipe"] = config.baseline.training.recipe
    if teacher is not None:
        inputs |= {"teacher": teacher.key, "temperature": config.distillation.temperature}
    return inputs if until is None else {**inputs, "until": until}


def train_autoencoder(
    built: UntrainedAutoencoder,
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    targets: Targets,
    watch: Watch,
) -> ConvertingAutoencoder:
    """Train what `build_autoencoder` built, in place. Inputs are augmented, targets never.

    Raises:
        InfeasibleConfig: training diverged.
        Stopped: a report was answered so.
    """
    summary = _fit(built, config, dataset, targets, watch)
    return built.finished(summary, _macs(config, baseline, dataset, summary), key="")


@dataclass(frozen=True, eq=False)
class UntrainedAutoencoder:
    """The parts before the fit, which share their weights; `trained` has logits too where these count."""

    model: keras.Model
    encoder: keras.Model
    decoder: keras.Model
    trained: keras.Model
    classifier: keras.Model
    cost: DecoderCost

    def taught_by(self, teacher: Baseline | None) -> UntrainedAutoencoder:
        """The same parts, with the logits of a teacher, if any, beside their own in what is trained."""
        if teacher is None:
            return self
        images, (*pixels, logits) = self.encoder.inputs[0], self.trained.outputs
        seen = Frozen(clone_with_weights(teacher.model))(images)
        return replace(self, trained=keras.Model(images, [*pixels, side_by_side(logits, seen)]))

    def finished(self, summary: FitSummary, macs: int, key: str) -> ConvertingAutoencoder:
        """The same parts after their fit."""
        classifier = self.classifier if self.trained is not self.model else None
        parts = self.model, self.encoder, self.decoder, classifier
        return ConvertingAutoencoder(*parts, self.cost, summary.losses, summary.seconds, macs, key)


def build_autoencoder(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> UntrainedAutoencoder:
    """The autoencoder of a config before its fit, its encoder initialised as the config says.

    Raises:
        InfeasibleConfig: the decoder is too large.
    """
    cost = decoder_cost(config, baseline)
    plan = plan_for(config, baseline)
    encoder, classifier, _ = split_classifier(_initial_model(config, dataset, baseline), baseline.cut)
    keras.utils.set_random_seed(config.seed)
    with layers_in(config.compute.precision):
        decoder = build_decoder(plan, config.decoder)
    images, features = encoder.inputs[0], encoder.outputs[0]
    pixels = decoder(features)
    model = keras.Model(images, pixels, name="converting_autoencoder")
    section = config.autoencoder
    outputs = [pixels] if section.reconstruction_weight else []
    outputs += [classifier(features)] if section.classification_weight else []
    trained = keras.Model(images, outputs) if outputs != [pixels] else model
    return UntrainedAutoencoder(model, encoder, decoder, trained, classifier, cost)


def _fit(
    built: UntrainedAutoencoder, config: EncodeNetConfig, dataset: Dataset, targets: Targets, watch: Watch
) -> FitSummary:
    stage, training = settled_recipe(config)
    losses, targets_of = conversion_loss(config, stage, training, dataset, targets.train)
    batches = augmented_batches(dataset, targets_of, stage, training, config.seed)
    plan = FitPlan(
        stage,
        training,
        config.compute,
        watch.checkpoint,
        until=watch.until,
        measure=_measure_at(watch.rungs, built, dataset, targets) if watch.rungs else None,
        name="autoencoder",
    )
    return fit(built.trained, batches, losses, plan, watch.report)


def settled_recipe(config: EncodeNetConfig) -> tuple[FittedStage, AugmentedTrainingConfig]:
    """At which stage the fit's recipe is looked up, and its numbers."""
    training = config.autoencoder.training
    if training.recipe != BORROWED:
        return "autoencoder", training
    return "baseline", training.model_copy(update={"recipe": config.baseline.training.recipe})


def _measure_at(
    rungs: Container[int], built: UntrainedAutoencoder, dataset: Dataset, targets: Targets
) -> Callable[[int], Mapping[str, float]]:
    probe = build_probe(built.encoder, built.decoder, built.classifier, dataset, targets)
    return lambda epoch: probe() if epoch in rungs else {}


def _macs(config: EncodeNetConfig, baseline: Baseline, dataset: Dataset, summary: FitSummary) -> int:
    return autoencoder_macs(config, baseline, len(dataset.train.images), len(summary.losses))


def _initial_model(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> keras.Model:
    """A classifier of the baseline's structure, whose feature extractor becomes the encoder."""
    if config.autoencoder.encoder_init == "baseline":
        return clone_with_weights(baseline.model)
    if config.baseline.model is None:
        return build_architecture(config.baseline, dataset, config.seed + 1, config.compute.precision)
    keras.utils.set_random_seed(config.seed + 1)
    return clone_afresh(baseline.model)
