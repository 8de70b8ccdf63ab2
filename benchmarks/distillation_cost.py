"""What an epoch of a student costs beside its own epoch without a teacher, and the teacher's predictions.

The claim: at most 1.10 times the two together. All three see the same augmented batches; the predictions are
made batch by batch by a compiled function. Rounds alternate, the first epoch of each compiles and is left
out, and the fastest epoch of each counts, because what else runs only ever adds.

    python benchmarks/distillation_cost.py --data cifar10.npz --teacher resnet9 --methods kd rkd
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any, get_args

from epoch_cost import argument_parser, conclude, epochs_of_fit

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, EncodeNetConfig
from encodenet_core.config_conversion import Distiller
from encodenet_core.config_values import build_config

CLAIMED_RATIO = 1.10


def main() -> None:
    """Measure every method on the backend that `KERAS_BACKEND` names."""
    options = parse_arguments()
    prepare_environment()
    import keras

    backend, worst = keras.backend.backend(), 0.0
    for method in options.methods:
        taught, alone, predicting = measure(options, method)
        ratio = taught / (alone + predicting)
        worst = max(worst, ratio)
        sys.stdout.write(
            f"{backend:10} {method:11} taught {taught:7.3f} s  alone {alone:7.3f} s  "
            f"teacher {predicting:7.3f} s  ratio {ratio:.3f}\n"
        )
    conclude(worst, CLAIMED_RATIO)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argument_parser(__doc__, limit=2500)
    parser.add_argument("--student", choices=get_args(Architecture), default="small")
    parser.add_argument("--teacher", choices=get_args(Architecture), default="resnet9")
    parser.add_argument("--methods", nargs="+", choices=get_args(Distiller), default=["kd"])
    return parser.parse_args()


def measure(options: argparse.Namespace, method: Distiller) -> tuple[float, float, float]:
    """The seconds of the fastest epoch with the teacher, without it, and of its predictions alone."""
    config = build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.limit,
            "baseline.architecture": options.student,
            "distillation.method": method,
        }
    )
    times: dict[str, list[float]] = {"taught": [], "alone": [], "predicting": []}
    n_epochs = options.epochs + 1
    for _ in range(options.rounds):
        observed, student, teacher, batches, losses = build(config, options)
        times["taught"] += list(epochs_of_fit(observed, batches, losses[0], n_epochs))[1:]
        times["alone"] += list(epochs_of_fit(student, batches, losses[1], n_epochs))[1:]
        times["predicting"] += list(epochs_of_predictions(teacher, batches, n_epochs))[1:]
    return min(times["taught"]), min(times["alone"]), min(times["predicting"])


def build(config: EncodeNetConfig, options: argparse.Namespace) -> tuple[Any, Any, Any, Any, Any]:
    """Student and teacher as one model, each alone, batches, and the losses of the first two."""
    import keras

    from encodenet_core import load_dataset
    from encodenet_core.baseline import build_architecture
    from encodenet_core.competitors.distillation import DISTILLERS, DistillationLoss, observe
    from encodenet_core.competitors.taps import Tapped
    from encodenet_core.config import BaselineConfig
    from encodenet_core.models.split import clone_with_weights
    from encodenet_core.training.classifiers import image_batches
    from encodenet_core.training.fitting import FitPlan

    dataset = load_dataset(config.dataset, config.seed)
    student = build_architecture(config.baseline, dataset, config.seed)
    teacher = build_architecture(BaselineConfig(architecture=options.teacher), dataset, config.seed)
    pupil = Tapped(clone_with_weights(student), None, None, "student")
    master = Tapped(clone_with_weights(teacher), None, None, "teacher")
    lesson = DISTILLERS[config.distillation.method](pupil, master, config.distillation, lambda *_: None)
    batches = image_batches(dataset, FitPlan("baseline", config.baseline.training), config.seed)
    losses = DistillationLoss(lesson), keras.losses.CategoricalCrossentropy(from_logits=True)
    return observe(pupil, master, lesson), student, teacher, batches, losses


def epochs_of_predictions(teacher: Any, batches: Any, epochs: int) -> Iterator[float]:
    """The seconds that the teacher's predictions of every batch take."""
    for epoch in range(epochs):
        batches.epoch = epoch
        images = [batches[position][0] for position in range(len(batches))]
        started = perf_counter()
        for each in images:
            teacher.predict_on_batch(each)
        yield perf_counter() - started


if __name__ == "__main__":
    main()
