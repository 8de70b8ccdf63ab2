"""`encodenet ablate`: the paper's tables 1 to 3 on one configuration."""

from __future__ import annotations

from encodenet_core.cli.comparing import SeedsOption, follow_comparison, prepare_comparison
from encodenet_core.cli.session import (
    AssignmentsOption,
    ConfigArgument,
    DataOption,
    JsonOption,
    OutputOption,
)


def ablate(
    config: ConfigArgument = None,
    seeds: SeedsOption = 3,
    data: DataOption = None,
    assignments: AssignmentsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the paper's tables 1, 2 and 3: clusters, targets, EncodeNet, both controls."""
    prepared = prepare_comparison("ablation", (config, data, assignments), seeds, output, as_json=as_json)
    from encodenet_core.comparisons.ablation import ABLATION

    follow_comparison(ABLATION, prepared)
