"""What it saves to trace a fit once (TensorFlow), and to train an epoch on features in one call (JAX too).

The claims, as ratios of processor seconds: the first epoch of an autoencoder, whose last batch is smaller, at
most 0.8 times what it takes where Keras traces that batch anew; 15 epochs of the classifier stage on cached
features at most 0.6 times what they take step by step, and at most 0.9 times on JAX, where both compile for
most of that. Weights are compared to the bit. Both sides of a pair run in turns in one process, and medians
count.

    TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 python benchmarks/tracing.py
    KERAS_BACKEND=jax python benchmarks/tracing.py
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from epoch_cost import build

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config_values import build_config

FIRST_EPOCH, CLASSIFIER_STAGE = "first epoch, autoencoder", "classifier stage"
CLAIMED = {"tensorflow": {FIRST_EPOCH: 0.8, CLASSIFIER_STAGE: 0.6}, "jax": {CLASSIFIER_STAGE: 0.9}}
"""What is claimed of the ratio of each pair, by backend."""

Side = Callable[[bool], list[Any]]
"""From whether it is done as it is now to the weights that come out."""


def main() -> None:
    """Measure both pairs and print what came out."""
    rounds = parse_arguments().rounds
    prepare_environment()
    import keras

    holds = True
    for name, claimed in CLAIMED[keras.backend.backend()].items():
        times: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for _ in range(rounds):
            weights = {now: timed(SIDES[name], now, times[now]) for now in (False, True)}
        old, new = (
            [statistics.median(part) for part in zip(*times[now], strict=True)] for now in (False, True)
        )
        equal = all((one == other).all() for one, other in zip(*weights.values(), strict=True))
        sys.stdout.write(
            f"{name}: processor {old[0]:.2f} s -> {new[0]:.2f} s, {new[0] / old[0]:.2f} times (claimed: "
            f"at most {claimed}); by the clock {old[1]:.2f} s -> {new[1]:.2f} s; the same weights: {equal}\n"
        )
        holds = holds and equal and new[0] <= claimed * old[0]
    sys.exit(0 if holds else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def timed(side: Side, now: bool, times: list[tuple[float, float]]) -> list[Any]:
    """The weights of one side, its processor's and its clock's seconds taken down."""
    processor, clock = process_time(), perf_counter()
    weights = side(now)
    times.append((process_time() - processor, perf_counter() - clock))
    return weights


def first_epoch(now: bool) -> list[Any]:
    """An epoch of the default autoencoder on digits, in 18 batches of 64 and one that is smaller."""
    from encodenet_core.training.epochs import run_steps

    config = build_config({"dataset.source": "digits", "baseline.architecture": "small"})
    model, batches, loss = build(config, "autoencoder")
    compiled(model, loss, len(batches), now)
    run_steps(model, batches)
    return list(model.get_weights())


def classifier_stage(now: bool) -> list[Any]:
    """15 epochs of a layer of 64 by 10 on 1,151 rows."""
    import keras
    import numpy as np

    from encodenet_core.config import ComputeConfig
    from encodenet_core.training.batches import TrainingBatches
    from encodenet_core.training.epochs import build_epoch, run_steps

    rng = np.random.default_rng(0)
    features, labels = rng.random((1151, 64), np.float32), rng.integers(0, 10, 1151)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    targets = np.eye(10, dtype=np.float32)[labels]
    batches = TrainingBatches(features, lambda indices: targets[indices], batch_size=64, seed=0)
    compiled(model, keras.losses.CategoricalCrossentropy(from_logits=True), len(batches), now)
    run = build_epoch(model, batches, ComputeConfig()) if now else lambda: run_steps(model, batches)
    for epoch in range(15):
        batches.epoch = epoch
        run()
    return list(model.get_weights())


def compiled(model: Any, loss: Any, n_steps: int, now: bool) -> None:
    """Make a model ready to be trained, as it is now or with the steps of Keras."""
    from encodenet_core.config import ComputeConfig, EncodeNetConfig
    from encodenet_core.training.fitting import compile_model
    from encodenet_core.training.optimizers import build_optimizer

    training = EncodeNetConfig().classifier.training
    compile_model(model, build_optimizer("classifier", training, n_steps), ComputeConfig(), loss)
    if not now:
        model.train_function = None  # Keras makes its own


SIDES: dict[str, Side] = {FIRST_EPOCH: first_epoch, CLASSIFIER_STAGE: classifier_stage}


if __name__ == "__main__":
    main()
