"""What an epoch through `fit` costs beside the same epoch in the plainest loop one can write.

The claim: at most 1.10 times as much, for the baseline and for the autoencoder, on TensorFlow and on JAX.
Both sides see the same batches with the same augmentation and use the same optimizer; `fit` writes its
checkpoints. Watching the validation split is no part of either. Rounds alternate, the first epoch of a round
compiles and is left out, and the fastest epoch of each side counts, because what else runs only ever adds.

    python benchmarks/epoch_cost.py --data cifar10.npz
    KERAS_BACKEND=jax python benchmarks/epoch_cost.py --data cifar10.npz
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, EncodeNetConfig
from encodenet_core.config_values import build_config

CLAIMED_RATIO = 1.10

Epochs = Callable[[Any, Any, Any, int], Iterator[float]]
"""From a compiled model, batches, a loss and a number of epochs to the seconds of each epoch."""


def main() -> None:
    """Measure both stages on the backend that `KERAS_BACKEND` names."""
    options = parse_arguments()
    prepare_environment()
    import keras

    backend, worst = keras.backend.backend(), 0.0
    for stage in ("baseline", "autoencoder"):
        ours, plain = measure(options, stage, PLAIN_LOOPS[backend])
        worst = max(worst, ours / plain)
        sys.stdout.write(
            f"{backend:10} {stage:11} fit {ours:7.3f} s  plain {plain:7.3f} s  ratio {ours / plain:.3f}\n"
        )
    conclude(worst, CLAIMED_RATIO)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argument_parser(__doc__, limit=5000)
    parser.add_argument("--architecture", choices=get_args(Architecture), default="resnet9")
    parser.add_argument("--batch-size", type=int, default=128)
    return parser.parse_args()


def argument_parser(documentation: str | None, limit: int) -> argparse.ArgumentParser:
    """The options of what times epochs in rounds."""
    parser = argparse.ArgumentParser(
        description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits", help="dataset name, .npz file or image folder")
    parser.add_argument(
        "--limit", type=int, default=limit, help="images for training and validation together"
    )
    parser.add_argument("--epochs", type=int, default=3, help="of a round, one more for compiling")
    parser.add_argument("--rounds", type=int, default=3)
    return parser


def conclude(worst: float, claimed: float) -> None:
    """Say the worst ratio, and end with exit code 1 where it is above what is claimed."""
    sys.stdout.write(f"worst ratio {worst:.3f} (claimed: at most {claimed})\n")
    sys.exit(0 if worst <= claimed else 1)


def measure(options: argparse.Namespace, stage: str, plain: Epochs) -> tuple[float, float]:
    """The seconds of the fastest epoch through `fit`, and of the fastest in the plain loop."""
    config = config_of(options)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(options.rounds):
        ours += list(epochs_of_fit(*build(config, stage), options.epochs + 1))[1:]
        theirs += list(plain(*build(config, stage), options.epochs + 1))[1:]
    return min(ours), min(theirs)


def config_of(options: argparse.Namespace) -> EncodeNetConfig:
    """One config for both stages."""
    training = {"epochs": options.epochs + 1, "batch_size": options.batch_size}
    return build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.limit,
            "baseline.architecture": options.architecture,
            **{f"baseline.training.{name}": value for name, value in training.items()},
            **{f"autoencoder.training.{name}": value for name, value in training.items()},
        }
    )


def build(config: EncodeNetConfig, stage: str) -> tuple[Any, Any, Any]:
    """A model, its batches and its loss, as the stage has them; targets are images of the dataset."""
    import keras
    import numpy as np

    from encodenet_core import load_dataset
    from encodenet_core.baseline import build_architecture
    from encodenet_core.decoder import build_decoder
    from encodenet_core.decoder_plan import plan_decoder
    from encodenet_core.models.split import feature_map_widths, split_classifier
    from encodenet_core.targets import TargetImages
    from encodenet_core.training.batches import TrainingBatches
    from encodenet_core.training.classifiers import smoothed_labels
    from encodenet_core.training.recipes import build_augmentation

    dataset = load_dataset(config.dataset, config.seed)
    model = build_architecture(config.baseline, dataset, config.seed)
    training = config.baseline.training if stage == "baseline" else config.autoencoder.training
    if stage == "baseline":
        targets: Any = smoothed_labels(dataset.train, dataset.num_classes, "baseline", training)
        loss: Any = keras.losses.CategoricalCrossentropy(from_logits=True)
    else:
        encoder = split_classifier(model).feature_extractor
        shape, widths = encoder.outputs[0].shape[1:], feature_map_widths(encoder)
        decoder = build_decoder(
            plan_decoder(config.decoder, shape, dataset.image_shape, widths), config.decoder
        )
        model = keras.Model(encoder.inputs[0], decoder(encoder.outputs[0]))
        targets = TargetImages(dataset.train.images[:30], np.arange(len(dataset.train.images)) % 30)
        loss = keras.losses.MeanSquaredError()
    batches = TrainingBatches(
        dataset.train.images,
        targets,
        batch_size=training.batch_size,
        seed=0,
        augmentation=build_augmentation("baseline", training, dataset.image_shape, dataset.flip),
    )
    return model, batches, loss


def epochs_of_fit(model: Any, batches: Any, loss: Any, epochs: int) -> Iterator[float]:
    """The seconds of every epoch through the product's own loop, its checkpoints included."""
    from encodenet_core.config_training import TrainingConfig
    from encodenet_core.training.fitting import FitPlan, fit

    times = [perf_counter()]

    def report(*arguments: object) -> bool:
        times.append(perf_counter())
        return True

    training = TrainingConfig(epochs=epochs, batch_size=128, learning_rate=0.01)
    with tempfile.TemporaryDirectory() as folder:
        fit(model, batches, loss, FitPlan("baseline", training, checkpoint=Path(folder)), report)
    return iter([after - before for before, after in zip(times, times[1:], strict=False)])


def optimizer_for(batches: Any, epochs: int) -> Any:
    """The optimizer that `epochs_of_fit` uses."""
    from encodenet_core.config_training import TrainingConfig
    from encodenet_core.training.optimizers import build_optimizer

    training = TrainingConfig(epochs=epochs, batch_size=128, learning_rate=0.01)
    return build_optimizer("baseline", training, len(batches))


def plain_tensorflow(model: Any, batches: Any, loss: Any, epochs: int) -> Iterator[float]:
    """A gradient tape in a `tf.function`, called for every batch."""
    import tensorflow as tf

    optimizer = optimizer_for(batches, epochs)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(inputs: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(targets, model(inputs, training=True))
        variables = [variable.value for variable in model.trainable_variables]
        optimizer.apply(tape.gradient(value, variables), model.trainable_variables)
        return value

    for epoch in range(epochs):
        started, batches.epoch, total = perf_counter(), epoch, 0.0
        for position in range(len(batches)):
            inputs, targets = batches[position]
            total += float(step(inputs, targets)) * len(inputs)
        yield perf_counter() - started


def plain_jax(model: Any, batches: Any, loss: Any, epochs: int) -> Iterator[float]:
    """One compiled function from the state and a batch to the next state, called for every batch."""
    import jax

    optimizer = optimizer_for(batches, epochs)
    optimizer.build(model.trainable_variables)

    def loss_of(trainable: Any, others: Any, inputs: Any, targets: Any) -> Any:
        outputs, others = model.stateless_call(trainable, others, inputs, training=True)
        return loss(targets, outputs), others

    @jax.jit
    def step(state: Any, inputs: Any, targets: Any) -> Any:
        trainable, others, slots = state
        gradient = jax.value_and_grad(loss_of, has_aux=True)
        (value, others), gradients = gradient(trainable, others, inputs, targets)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return value, (trainable, others, slots)

    variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    state = tuple([variable.value for variable in some] for some in variables)
    for epoch in range(epochs):
        started, batches.epoch, total = perf_counter(), epoch, 0.0
        for position in range(len(batches)):
            inputs, targets = batches[position]
            value, state = step(state, inputs, targets)
            total += float(value) * len(inputs)
        yield perf_counter() - started


PLAIN_LOOPS: dict[str, Epochs] = {"tensorflow": plain_tensorflow, "jax": plain_jax}


if __name__ == "__main__":
    main()
