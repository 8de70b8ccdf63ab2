"""`encodenet compare-exits`: the paper's prior work, reconstructed, beside LeNet over several seeds."""

from __future__ import annotations

from typing import Annotated

import typer

from encodenet_core.cli.comparing import SeedsOption, follow_comparison, prepare_comparison
from encodenet_core.cli.session import AssignmentsOption, ConfigArgument, DataOption, JsonOption, OutputOption

ThresholdOption = Annotated[
    float | None,
    typer.Option(help="Entropy in nats below which an image leaves; else chosen on validation images."),
]


def compare_exits(
    config: ConfigArgument = None,
    threshold: ThresholdOption = None,
    seeds: SeedsOption = 3,
    data: DataOption = None,
    assignments: AssignmentsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure BranchyNet, its early exit alone and CBNet (the prior work, reconstructed) beside LeNet."""
    prepared = prepare_comparison("exits", (config, data, assignments), seeds, output, as_json=as_json)
    from encodenet_core.comparisons.early_exits import compare_exits

    follow_comparison(compare_exits(prepared.config, threshold), prepared)
