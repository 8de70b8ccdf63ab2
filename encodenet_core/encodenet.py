"""The second stage: new classification layers on a frozen encoder, assembled to one model (section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import keras

from encodenet_core.baseline import Baseline, smoothed_labels
from encodenet_core.batches import TrainingBatches, predict
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data import Dataset
from encodenet_core.fitting import Report, fit
from encodenet_core.macs import count_macs, training_macs
from encodenet_core.split import clone_afresh, clone_with_weights, copy_weights, split_classifier


@dataclass(frozen=True, eq=False)
class EncodeNet:
    """The assembled model, exactly as large as the baseline, and what its second stage took."""

    model: keras.Model
    losses: tuple[float, ...]
    seconds: float
    macs: int


def fit_encodenet(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, encoder: keras.Model, report: Report
) -> EncodeNet:
    """Train freshly initialised classification layers on the features of a frozen encoder.

    The encoder never changes here, so its features are computed once, after the leading classification
    layers that have no parameters (global pooling); the fit sees `(n_train, channels)`.

    Args:
        config: `classifier` and `seed` are used here.
        dataset: its training images are used here.
        baseline: gives the structure of the result; its weights are not changed.
        encoder: images to features, with the structure of the baseline's feature extractor.
        report: is told about every epoch.
    """
    started = perf_counter()
    training = config.classifier.training
    model = clone_with_weights(baseline.model)
    feature_extractor, classifier, _ = split_classifier(model, baseline.cut)
    copy_weights(encoder, feature_extractor)
    keras.utils.set_random_seed(config.seed)
    fresh = clone_afresh(classifier)
    pooling, tail = split_leading_layers(fresh)
    cached = predict(
        keras.Model(model.inputs[0], pooling(feature_extractor.outputs[0])), dataset.train.images
    )
    batches = TrainingBatches(
        cached,
        smoothed_labels(dataset.train, dataset.num_classes, "classifier", training),
        batch_size=training.batch_size,
        seed=config.seed,
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    summary = fit(tail, batches, "classifier", training, loss, report)
    copy_weights(fresh, classifier)
    macs = classifier_macs(config, baseline, len(dataset.train.images))
    return EncodeNet(model, summary.losses, perf_counter() - started, macs)


def classifier_macs(config: EncodeNetConfig, baseline: Baseline, n_train: int) -> int:
    """Multiply-accumulates of the second stage: one pass of the encoder, then the fit of the tail."""
    feature_extractor, classifier, _ = baseline.parts
    tail = training_macs(count_macs(classifier), n_train, config.classifier.training.epochs)
    return count_macs(feature_extractor) * n_train + tail


def split_leading_layers(classifier: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut the classification layers after the leading ones that compute the same thing in every epoch.

    A layer with weights or random numbers has variables. The cut is where a single tensor is all that the
    layers after it need.
    """
    nodes = [node for operation in classifier.operations for node in operation._inbound_nodes]
    cut = classifier.inputs[0]
    while True:
        followers = [node for node in nodes if any(tensor is cut for tensor in node.input_tensors)]
        if len(followers) != 1 or getattr(followers[0].operation, "variables", None):
            break
        cut = followers[0].outputs[0]
    return keras.Model(classifier.inputs[0], cut), keras.Model(cut, classifier.outputs[0])
