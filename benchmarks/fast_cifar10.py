"""How accurate a baseline gets by the `fast` recipe on all of CIFAR-10, for how many operations.

The aim: 90 % of the test images, for a training cost of at most 1.5e14 floating-point operations (a
multiplication and an addition are two; three passes an image and epoch), without test-time augmentation.
Each number of epochs is a fit of its own, since its one cycle of the learning rate ends with it. A fit that
was interrupted goes on at its last finished epoch when the same command is given again.

    python benchmarks/fast_cifar10.py --data cifar10.npz --epochs 38 20 10 5
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import NamedTuple, get_args

from encodenet_core.cli.progress import ProgressLines
from encodenet_core.cli.session import prepare_environment
from encodenet_core.cli.train import FLOP_PER_MAC
from encodenet_core.config import Architecture, EncodeNetConfig
from encodenet_core.config_values import build_config

CLAIMED_FLOP = 1.5e14
CLAIMED_ACCURACY = 0.90


class Point(NamedTuple):
    """What one fit cost and reached."""

    epochs: int
    flop: float
    seconds: float
    validation_accuracy: float
    test_accuracy: float
    selected_test_accuracy: float


def main() -> None:
    """Fit, or go on fitting, a baseline for every number of epochs, and print the curve."""
    options = parse_arguments()
    prepare_environment()
    points = []
    for epochs in options.epochs:
        point, curve = measure(config_of(options, epochs))
        points.append(point)
        sys.stdout.write(format_points(points) + format_curve(curve, point.flop))
    affordable = [point for point in points if point.flop <= CLAIMED_FLOP]
    best = max((point.test_accuracy for point in affordable), default=0.0)
    sys.stdout.write(
        f"best of at most {CLAIMED_FLOP:.1e} FLOP: {best:.2%} (aim: at least {CLAIMED_ACCURACY:.0%})\n"
    )
    sys.exit(0 if best >= CLAIMED_ACCURACY else 1)


def format_points(points: Sequence[Point]) -> str:
    """The curve as a Markdown table."""
    lines = ["| epochs | training cost, FLOP | seconds | validation % | test % | selected test % |"]
    lines.append("|---|---|---|---|---|---|")
    for point in points:
        shares = " | ".join(f"{100 * share:.2f}" for share in point[3:])
        lines.append(f"| {point.epochs} | {point.flop:.3g} | {point.seconds:.0f} | {shares} |")
    return "\n".join(lines) + "\n"


def format_curve(accuracies: Sequence[float], flop: float) -> str:
    """The validation accuracy on the way, after every tenth of the cost, as a Markdown table."""
    epochs = sorted({max(1, round(len(accuracies) * tenth / 10)) for tenth in range(1, 11)})
    lines = ["| after FLOP | validation % |", "|---|---|"]
    lines += [
        f"| {flop * epoch / len(accuracies):.2e} | {100 * accuracies[epoch - 1]:.1f} |" for epoch in epochs
    ]
    return "\n".join(lines) + "\n"


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="cifar10", help="dataset name, .npz file or image folder")
    parser.add_argument("--epochs", type=int, nargs="+", default=[38], help="a fit for each number")
    parser.add_argument("--architecture", choices=get_args(Architecture), default="resnet9")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--validation-fraction", type=float, default=0.02)
    parser.add_argument("--limit", type=int, help="images for training and validation together")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def config_of(options: argparse.Namespace, epochs: int) -> EncodeNetConfig:
    """The config of one point of the curve."""
    return build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.limit,
            "dataset.validation_fraction": options.validation_fraction,
            "baseline.architecture": options.architecture,
            "baseline.training.recipe": "fast",
            "baseline.training.epochs": epochs,
            "baseline.training.batch_size": options.batch_size,
            "baseline.training.learning_rate": options.learning_rate,
            "seed": options.seed,
        }
    )


def measure(config: EncodeNetConfig) -> tuple[Point, list[float]]:
    """Fit a baseline, or take it from the stage cache; its scores, and its validation accuracy by epoch."""
    from encodenet_core import (
        StageCache,
        classify_dataset,
        default_cache_folder,
        load_dataset,
        obtain_baseline,
    )

    dataset = load_dataset(config.dataset, config.seed)
    cache = StageCache(default_cache_folder())
    baseline = obtain_baseline(config, dataset, cache, ProgressLines())
    scores = classify_dataset(baseline.model, dataset, baseline.selected_weights)
    if scores.test_accuracy is None or scores.selected_test_accuracy is None:
        raise SystemExit(f"{config.dataset.source} has no test images; give a dataset with some")
    facts = json.loads((cache.root / baseline.key / "facts.json").read_text(encoding="utf-8"))
    point = Point(
        config.baseline.training.epochs,
        FLOP_PER_MAC * baseline.macs,
        baseline.seconds,
        scores.validation_accuracy,
        scores.test_accuracy,
        scores.selected_test_accuracy,
    )
    return point, facts["validation_accuracies"]


if __name__ == "__main__":
    main()
