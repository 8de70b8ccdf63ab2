"""Table 2's row for ResNet20 on all of CIFAR-10 by the recipe `paper`, with both controls, in short pieces.

    KERAS_BACKEND=jax python benchmarks/gpu/resnet20.py --data cifar10.npz --state STATE --seconds 540

When the seconds are up, it stops after an epoch and ends with exit code 3; the same command goes on from
there, and so it does after any kill. It ends with 0 once all seeds are measured. What is known so far lies in
`STATE/results`: `tables.md` and `table2.json`. README.md beside this file says what a GPU machine needs.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cifar10_zips import has_zips, unpack

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, load_config, parse_assignment, with_absolute_paths
from encodenet_core.errors import EncodeNetError, Stopped

NOT_YET = 3
"""The exit code of a run that stopped in time and has more to do."""

SETTINGS = {
    "dataset.validation_fraction": 0.1,
    "baseline.architecture": "resnet20",
    "baseline.training.recipe": "paper",
    "clustering.n_clusters": 3,
    "autoencoder.training.recipe": "paper",
    "classifier.training.recipe": "paper",
}
"""The paper's section 4.1: 300, 500 and, where it is silent, 100 epochs; 5,000 images are held out."""

SECONDS_BETWEEN_LINES = 10.0


def main() -> None:
    """Measure what is not yet measured, for as long as there is time."""
    options = parse_arguments()
    limit = TimeLimit(options.seconds)
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        measure(configure(options), options, limit)
    except Stopped as stopped:
        sys.stdout.write(f"{stopped}; the same command goes on from here\n")
        sys.exit(NOT_YET)
    except EncodeNetError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", required=True, help="folder with the zips of CIFAR-10, .npz file, or image folder"
    )
    parser.add_argument(
        "--state", type=Path, required=True, help="folder in which a later run finds everything"
    )
    parser.add_argument("--config", type=Path, help="YAML file, instead of the paper's settings")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop in time, to go on later")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--set", dest="assignments", action="append", default=[], help="such as embedding.extractor=vgg16"
    )
    return parser.parse_args()


class TimeLimit:
    """A report that prints where a stage is, and asks to stop when another epoch may not fit."""

    def __init__(self, seconds: float) -> None:
        self._started = time.monotonic()
        self._deadline = self._started + seconds
        self._stage, self._reported, self._longest = "", self._started, 0.0
        self._printed = float("-inf")

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        """Whether an epoch as long as the longest of this stage ends in time."""
        now = time.monotonic()
        known = self._longest if stage == self._stage else 0.0
        self._longest = max(known, now - self._reported)
        goes_on = now + self._longest < self._deadline
        if not goes_on or epoch == epochs or now >= self._printed + SECONDS_BETWEEN_LINES:
            self._printed = now
            numbers = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
            sys.stdout.write(f"{now - self._started:7.1f} s  {stage}: epoch {epoch}/{epochs}  {numbers}\n")
            sys.stdout.flush()
        self._stage, self._reported = stage, now
        return goes_on


def configure(options: argparse.Namespace) -> EncodeNetConfig:
    """The settings on this data; zips are unpacked into the state."""
    source, archive = options.data, options.state.absolute() / "data" / "cifar10.npz"
    if has_zips(Path(source)):
        unpack(Path(source), archive)
        source = str(archive)
    chosen = {"dataset.source": source, **dict(map(parse_assignment, options.assignments))}
    if options.config:
        return load_config(options.config, chosen)
    return build_config(with_absolute_paths({**SETTINGS, **chosen}))


def measure(config: EncodeNetConfig, options: argparse.Namespace, limit: TimeLimit) -> None:
    """Baseline, EncodeNet and both controls of every seed, and the tables after each of them.

    Raises:
        Stopped: the time is up.
    """
    prepare_environment()
    from encodenet_core.comparisons.accuracy_table import CONTROL_LABELS
    from encodenet_core.comparisons.comparison import Comparison, run_comparison
    from encodenet_core.comparisons.report import Description
    from encodenet_core.comparisons.seed_run import SeedRun, Surroundings
    from encodenet_core.references import REFERENCES
    from encodenet_core.stages.cache import StageCache

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
    surroundings = Surroundings(
        StageCache(options.state / "cache"), limit, lambda text: sys.stdout.write(text + "\n")
    )
    run_comparison(row, config, options.seeds, options.state / "results", surroundings)


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


def device_name() -> str:
    """What the backend computes on."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return str(jax.devices()[0].device_kind)
    return ", ".join(keras.distribution.list_devices())


if __name__ == "__main__":
    main()
