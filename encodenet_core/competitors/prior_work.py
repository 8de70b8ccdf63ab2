"""The prior work, reconstructed: a converting autoencoder in front of a truncated BranchyNet (CBNet)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from encodenet_core.autoencoder import settled_recipe
from encodenet_core.baseline import Built, build_normalizing
from encodenet_core.competitors.converters import build_converter
from encodenet_core.competitors.early_exits import leave_early
from encodenet_core.competitors.exit_networks import BranchyNet, build_branchynet, build_lenet
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.evaluation import Logits
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.models.precision import layers_in
from encodenet_core.models.weights import load_weights, save_weights
from encodenet_core.representatives import entropy_from_logits, pick_representatives
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts
from encodenet_core.targets import TargetImages
from encodenet_core.training.checkpoints import FitSummary
from encodenet_core.training.classifiers import fit_image_classifier
from encodenet_core.training.fitting import FitPlan, fit
from encodenet_core.training.recipes import augmented_batches
from encodenet_core.training.watch import Report, renamed_report

PRIOR_WORK = Stage("prior_work", version=1)

Spent = Mapping[str, float]
"""What a fit took: `seconds`, and `macs`, its multiply-accumulates."""


@dataclass(frozen=True, eq=False)
class PriorWork:
    """Its networks for one config and dataset, each trained once, and taken from the cache after that.

    LeNet and BranchyNet are trained by the baseline's recipe, the converter by the autoencoder's. All raise
    an InfeasibleConfig where that diverges.
    """

    config: EncodeNetConfig
    dataset: Dataset
    cache: StageCache
    report: Report

    def build(self, network: Callable[..., Built]) -> Built:
        """A classifier before its fit, which normalises by the training images' own statistics."""
        return build_normalizing(network, self.dataset, self.config.seed, self.config.compute.precision)

    def lenet(self) -> tuple[keras.Model, Spent]:
        """LeNet, images to logits."""
        lenet = self.build(build_lenet)
        return lenet, self._classifier(lenet, lenet, None)

    def branchynet(self) -> tuple[BranchyNet, Spent]:
        """BranchyNet, both exits trained together, their cross-entropies added up."""
        network = self.build(build_branchynet)
        return network, self._classifier(network.joint, network.whole, _LossOfBothExits())

    def converter(self, targets: TargetImages) -> tuple[keras.Model, Spent]:
        """The autoencoder of images to their targets; inputs are augmented, targets never."""
        config, dataset = self.config, self.dataset
        stage, training = settled_recipe(config)
        keras.utils.set_random_seed(config.seed)
        with layers_in(config.compute.precision):
            model, loss = build_converter(dataset.image_shape)
        batches = augmented_batches(dataset, targets, stage, training, config.seed)
        plan = FitPlan(stage, training, config.compute, name="autoencoder")

        def train(plan: FitPlan) -> FitSummary:
            return fit(model, batches, loss, plan, renamed_report(self.report, model.name))

        return model, self._obtain(model, plan, {"targets": targets.fingerprint()}, train)

    def _classifier(self, model: keras.Model, judged: keras.Model, loss: keras.losses.Loss | None) -> Spent:
        plan = FitPlan("baseline", self.config.baseline.training, self.config.compute, judged=judged)
        report = renamed_report(self.report, model.name)

        def train(plan: FitPlan) -> FitSummary:
            return fit_image_classifier(model, self.dataset, plan, self.config.seed, report, loss)

        return self._obtain(model, plan, {}, train)

    def _obtain(
        self,
        model: keras.Model,
        plan: FitPlan,
        reads: Mapping[str, object],
        train: Callable[[FitPlan], FitSummary],
    ) -> Spent:
        """Give a model the weights of its stage, which are trained first where they are not there."""
        inputs = {
            "network": model.name,
            "stage": plan.stage,
            "dataset": self.dataset.fingerprint,
            "training": plan.training.identity(),
            "compute": self.config.compute.identity(),
            "seed": self.config.seed,
            **reads,
        }

        def build(folder: Path) -> None:
            summary = train(replace(plan, checkpoint=folder / CHECKPOINT_FOLDER))
            save_weights(model.get_weights(), folder / "weights.npz")
            n_train = len(self.dataset.train.images)
            macs = training_macs(count_macs(model), n_train, plan.training.epochs)
            write_facts(folder, {"seconds": summary.seconds, "macs": macs})

        folder = self.cache.obtain(PRIOR_WORK, inputs, build)
        load_weights(folder / "weights.npz", model)
        spent: Spent = read_facts(folder)
        return spent


def easy_targets(train: Split, early: Logits, threshold: float) -> TargetImages:
    """What training images are converted to: the image of their class that leaves with the least doubt.

    Where no image of a class leaves, its surest stands in.

    Args:
        train: the images.
        early: their logits at the early exit, `(n_train, num_classes)`.
        threshold: of that exit, in nats.

    Raises:
        InfeasibleConfig: no image leaves, or all do.
    """
    is_easy = leave_early(early, threshold)
    if is_easy.all() or not is_easy.any():
        which, lacking = ("all", "hard") if is_easy.all() else ("none", "easy")
        raise InfeasibleConfig(
            f"{which} of {len(is_easy):,} training images have less than {threshold:.3g} nats at the early "
            f"exit, so that none is {lacking}, but both kinds are expected; give another --threshold"
        )
    easiest = pick_representatives(entropy_from_logits(early), train.labels, is_easy)
    return TargetImages(np.asarray(train.images[easiest]), train.labels)


def put_in_front(converter: keras.Model, classifier: keras.Model) -> keras.Model:
    """CBNet: images are converted, then classified."""
    images = converter.inputs[0]
    return keras.Model(images, classifier(converter(images)), name="cbnet")


class _LossOfBothExits(keras.losses.CategoricalCrossentropy):
    """The cross-entropies of two exits, whose logits stand side by side, added up."""

    def __init__(self) -> None:
        super().__init__(from_logits=True)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        early, last = keras.ops.split(y_pred, 2, axis=-1)
        return super().call(y_true, early) + super().call(y_true, last)
