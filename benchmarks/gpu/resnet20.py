"""Table 2's row for ResNet20 on all of CIFAR-10 by the recipe `paper`, with both controls, in short pieces.

    KERAS_BACKEND=jax python benchmarks/gpu/resnet20.py --data cifar10.npz --state STATE --seconds 540

When the seconds are up, it stops after an epoch and ends with exit code 3; the same command goes on from
there, and so it does after any kill. It ends with 0 once all seeds are measured. What is known so far lies in
`STATE/results`: `tables.md` and `table2.json`. README.md beside this file says what a GPU machine needs.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cifar10_zips import has_zips, unpack
from pieces import TimeLimit, argument_parser, configure, device_name, measure_comparison, measure_in_time

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import EncodeNetConfig

SETTINGS = {
    "dataset.validation_fraction": 0.1,
    "baseline.architecture": "resnet20",
    "baseline.training.recipe": "paper",
    "clustering.n_clusters": 3,
    "autoencoder.training.recipe": "paper",
    "classifier.training.recipe": "paper",
}
"""The paper's section 4.1: 300, 500 and, where it is silent, 100 epochs; 5,000 images are held out."""


def main() -> None:
    """Measure what is not yet measured, for as long as there is time."""
    options = parse_arguments()
    measure_in_time(
        lambda limit: measure(configure(SETTINGS, archive_of(options), options), options, limit),
        options.seconds,
    )


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--data", required=True, help="folder with the zips of CIFAR-10, .npz file, or image folder"
    )
    return parser.parse_args()


def archive_of(options: argparse.Namespace) -> str:
    """The data as they are given; zips are unpacked into the state."""
    source, archive = options.data, options.state.absolute() / "data" / "cifar10.npz"
    if has_zips(Path(source)):
        unpack(Path(source), archive)
        source = str(archive)
    return str(source)


def measure(config: EncodeNetConfig, options: argparse.Namespace, limit: TimeLimit) -> None:
    """Baseline, EncodeNet and both controls of every seed, and the tables after each of them.

    Raises:
        Stopped: the time is up.
    """
    prepare_environment()
    from encodenet_core.comparisons.accuracy_table import CONTROL_LABELS
    from encodenet_core.comparisons.comparison import Comparison
    from encodenet_core.comparisons.report import Description
    from encodenet_core.comparisons.seed_run import SeedRun
    from encodenet_core.references import REFERENCES

    def measure_row(run: SeedRun) -> None:
        run.measure_baseline()
        run.measure_conversion("cluster", {})
        run.measure_controls([{}])

    labels = {"baseline": "baseline", "cluster": "EncodeNet", **CONTROL_LABELS}
    command = "python benchmarks/gpu/resnet20.py --data DATA --state STATE --config"  # then the config's name
    row = Comparison(
        Description("table2", command, "Table 2: ResNet20 on CIFAR-10", labels, list(REFERENCES)),
        measure_row,
        lambda config, measured: tabulate(config, measured, labels),
    )
    measure_comparison(row, config, options, limit)


def tabulate(config: EncodeNetConfig, measured: Any, labels: Mapping[str, str]) -> list[Any]:
    """Table 2, and the time that each of its rows took."""
    from encodenet_core.comparisons.ablation import tabulate_ablation
    from encodenet_core.comparisons.tables import Column, Table, number

    _, table_2, _ = tabulate_ablation(config, measured)
    rows = [
        (label, number(measured.numbers(setup, "seconds"), 0))
        for setup, label in labels.items()
        if measured.numbers(setup, "seconds")
    ]
    columns = (Column("setup"), Column("seconds"))
    return [table_2, Table("Time", columns, tuple(rows), (f"The last was measured on: {device_name()}.",))]


if __name__ == "__main__":
    main()
