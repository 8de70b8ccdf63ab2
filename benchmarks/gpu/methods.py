"""The pairs of tables 4 and 5 on CIFAR-100, EncodeNet beside its rivals, in short pieces.

    KERAS_BACKEND=jax python benchmarks/gpu/methods.py --pair vgg8 --data DATA --state STATE --seconds 540

When the seconds are up, it stops after an epoch and ends with exit code 3; the same command goes on from
there, and so it does after any kill. It ends with 0 once all seeds are measured. What is known so far lies in
`STATE/results`: `tables.md` and `methods.json`. README.md beside this file says what a GPU machine needs.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from pieces import TimeLimit, argument_parser, configure, measure_comparison, measure_in_time

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import EncodeNetConfig

TABLE_4 = ("encodenet", "kd", "rkd", "fitnet", "ft", "ft_official")
TABLE_5 = ("encodenet", "se", "bam", "cbam", "gam", "gam_groups")
RECIPES = {"autoencoder.training.recipe": "paper", "classifier.training.recipe": "paper"}

PAIRS: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
    "resnet32": (
        TABLE_4,
        {"baseline.training.recipe": "mdistiller", "distillation.teacher": "resnet110"},
    ),
    "vgg8": (TABLE_4, {"baseline.training.recipe": "mdistiller", "distillation.teacher": "vgg16"}),
    "resnet50": (TABLE_5, {"baseline.training.recipe": "weiaicunzai"}),
}
"""By baseline: what stands beside EncodeNet, and the recipe of the codebase that the paper took it from."""


def main() -> None:
    """Measure what is not yet measured, for as long as there is time."""
    options = parse_arguments()
    measure_in_time(
        lambda limit: measure(configure(settings_of(options.pair), options.data, options), options, limit),
        options.seconds,
    )


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argument_parser(__doc__)
    parser.add_argument("--pair", required=True, choices=PAIRS, help="the baseline, by whose table")
    parser.add_argument("--data", required=True, help=".npz file of CIFAR-100, or another dataset")
    return parser.parse_args()


def settings_of(pair: str) -> Mapping[str, Any]:
    """The config of a pair, but for its data."""
    _, settings = PAIRS[pair]
    return {"baseline.architecture": pair, "dataset.validation_fraction": 0.1, **RECIPES, **settings}


def measure(config: EncodeNetConfig, options: argparse.Namespace, limit: TimeLimit) -> None:
    """Baseline, teacher, every method and both controls of every seed.

    Raises:
        Stopped: the time is up.
    """
    prepare_environment()
    from encodenet_core.comparisons.methods import compare_methods

    methods, _ = PAIRS[options.pair]
    measure_comparison(compare_methods(config, methods), config, options, limit)


if __name__ == "__main__":
    main()
