"""Several setups of one config, measured with the same seeds: what an ablation and its kind have in common.

Every finished setup of a seed is on disk at once, so that a killed comparison goes on where it was. The
setups of a seed share its split, baseline and controls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from encodenet_core.comparisons.measurements import Measurement, MeasurementFile
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.report import Description, write_report
from encodenet_core.comparisons.seed_run import SeedRun, Surroundings
from encodenet_core.comparisons.tables import Table
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config
from encodenet_core.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is compared, and how it is shown.

    Attributes:
        description: its name, and words for every setup.
        measure: measures all setups of one seed.
        tabulate: the tables of what was measured so far.
    """

    description: Description
    measure: Callable[[SeedRun], None]
    tabulate: Callable[[EncodeNetConfig, Measured], list[Table]]


def run_comparison(
    comparison: Comparison, config: EncodeNetConfig, n_seeds: int, folder: Path, surroundings: Surroundings
) -> list[Table]:
    """Measure what the folder does not hold yet, seed by seed, and write the tables after every setup.

    Args:
        comparison: what to compare.
        config: of the setups; its seed is the first.
        n_seeds: how many seeds to take, one after the other.
        folder: for `measurements.jsonl`, `config.yaml`, `tables.md` and the comparison's JSON.
        surroundings: the cache, and who is told how far it is.

    Returns:
        The tables that were written last.

    Raises:
        ConfigError: `n_seeds` is less than 1, or the folder is in use.
        DataError: the dataset cannot be read.
    """
    if n_seeds < 1:
        raise ConfigError(f"--seeds is {n_seeds}, but at least 1 is needed; 3 show a spread")
    configs = [change_config(config, {"seed": config.seed + place}) for place in range(n_seeds)]
    measured = Measured([seeded.seed for seeded in configs])
    tables: list[Table] = []
    labels, done = comparison.description.labels, list[str]()
    with MeasurementFile(folder) as file:

        def keep(measurement: Measurement, fresh: bool) -> None:
            measured.add(measurement)
            tables[:] = comparison.tabulate(config, measured)
            write_report(comparison.description, config, measured, tables, folder)
            if measurement.setup in labels:
                done.append(measurement.setup)
                surroundings.count(len(done), len(labels) * n_seeds, fresh)

        for seeded in configs:
            comparison.measure(SeedRun(comparison.description.name, seeded, file, keep, surroundings))
    return tables
