"""A comparison in short pieces: stopped in time, and gone on with where it was."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config, load_config, parse_assignment, with_absolute_paths
from encodenet_core.errors import EncodeNetError, Stopped

NOT_YET = 3
"""The exit code of a run that stopped in time and has more to do."""

SECONDS_BETWEEN_LINES = 10.0


def measure_in_time(measure: Callable[[TimeLimit], None], seconds: float) -> None:
    """Call what raises `Stopped` when the time is up, and end the process with the exit code of that."""
    limit = TimeLimit(seconds)
    os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        measure(limit)
    except Stopped as stopped:
        sys.stdout.write(f"{stopped}; the same command goes on from here\n")
        sys.exit(NOT_YET)
    except EncodeNetError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def argument_parser(documentation: str | None) -> argparse.ArgumentParser:
    """The options that every script takes; its first paragraph says what it measures."""
    description, _, rest = (documentation or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
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
    return parser


def configure(settings: Mapping[str, Any], source: str, options: argparse.Namespace) -> EncodeNetConfig:
    """The config of these settings on a dataset, or that of `--config`, as `--set` changes it."""
    chosen = {"dataset.source": source, **dict(map(parse_assignment, options.assignments))}
    if options.config:
        return load_config(options.config, chosen)
    return build_config(with_absolute_paths({**settings, **chosen}))


def measure_comparison(comparison: Any, config: Any, options: argparse.Namespace, limit: TimeLimit) -> None:
    """All setups of every seed, into the state; the tables are written after each of them.

    Raises:
        Stopped: the time is up.
    """
    from encodenet_core.comparisons.comparison import run_comparison
    from encodenet_core.comparisons.seed_run import Surroundings
    from encodenet_core.stages.cache import StageCache

    cache = StageCache(options.state / "cache")
    surroundings = Surroundings(cache, limit, lambda text: sys.stdout.write(text + "\n"))
    run_comparison(comparison, config, options.seeds, options.state / "results", surroundings)


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


def device_name() -> str:
    """What the backend computes on."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return str(jax.devices()[0].device_kind)
    return ", ".join(keras.distribution.list_devices())
