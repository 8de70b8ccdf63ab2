"""How long a training step takes in float32 and in bfloat16, as it comes and compiled by XLA.

No claim: `compute.precision` and `compute.jit_compile` are options because it depends on the machine what
they bring. Settings alternate, and the fastest step of each counts.

    python benchmarks/step_time.py --architectures resnet9 resnet20
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter
from typing import Any, get_args

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, Precision

IMAGE_SHAPE, NUM_CLASSES = (32, 32, 3), 10


def main() -> None:
    """Measure every architecture in all four settings, on random images of CIFAR's shape."""
    options = parse_arguments()
    prepare_environment()
    for architecture in options.architectures:
        settings = [(precision, jit) for precision in get_args(Precision) for jit in (False, True)]
        steps = {setting: build_step(architecture, options.batch_size, *setting) for setting in settings}
        seconds = {setting: float("inf") for setting in settings}
        for _ in range(options.rounds):
            for setting, step in steps.items():
                started = perf_counter()
                step()
                seconds[setting] = min(seconds[setting], perf_counter() - started)
        plain = seconds[settings[0]]
        for (precision, jit), taken in seconds.items():
            sys.stdout.write(
                f"{architecture:10} {precision:15} {'XLA' if jit else '   '} {1000 * taken:8.1f} ms a step  "
                f"{plain / taken:.2f} times as fast as float32\n"
            )


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--architectures", nargs="+", choices=get_args(Architecture), default=["resnet9"])
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=10)
    return parser.parse_args()


def build_step(architecture: Architecture, batch_size: int, precision: Precision, jit_compile: bool) -> Any:
    """A function that does one training step, compiled already."""
    import keras
    import numpy as np

    from encodenet_core.models.architectures import ARCHITECTURES
    from encodenet_core.models.precision import layers_in

    with layers_in(precision):
        model = ARCHITECTURES[architecture](IMAGE_SHAPE, NUM_CLASSES, ([0.5] * 3, [0.06] * 3))
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss, jit_compile=jit_compile)
    images = np.random.default_rng(0).random((batch_size, *IMAGE_SHAPE), np.float32)
    labels = np.eye(NUM_CLASSES, dtype=np.float32)[np.arange(batch_size) % NUM_CLASSES]

    def step() -> None:
        model.train_on_batch(images, labels)

    step()
    return step


if __name__ == "__main__":
    main()
