"""`encodenet ablate`, `encodenet compare-clusterings`: a command for each comparison over several seeds."""

from __future__ import annotations

from collections.abc import Callable

import typer

from encodenet_core.cli.comparing import SeedsOption, follow_comparison, prepare_comparison
from encodenet_core.cli.session import AssignmentsOption, ConfigArgument, DataOption, JsonOption, OutputOption

COMMANDS = {
    "ablate": (
        "ablation",
        "Measure the paper's tables 1, 2 and 3: clusters, targets, EncodeNet, both controls.",
    ),
    "compare-clusterings": (
        "clusterings",
        "Compare clusterings by retrieval, silhouette and accuracy: k-means with 1 to 8, cosine, HDBSCAN.",
    ),
}
"""Commands to the name of their comparison and to their help."""


def add_commands(app: typer.Typer) -> None:
    """Give a program the command of each comparison."""
    for command, (name, words) in COMMANDS.items():
        app.command(command, help=words)(_command(name))


def _command(name: str) -> Callable[..., None]:
    def compare(
        config: ConfigArgument = None,
        seeds: SeedsOption = 3,
        data: DataOption = None,
        assignments: AssignmentsOption = None,
        output: OutputOption = None,
        as_json: JsonOption = False,
    ) -> None:
        prepared = prepare_comparison(name, (config, data, assignments), seeds, output, as_json=as_json)
        from encodenet_core.comparisons.ablation import ABLATION
        from encodenet_core.comparisons.clusterings import CLUSTERINGS

        named = {each.description.name: each for each in (ABLATION, CLUSTERINGS)}
        follow_comparison(named[name], prepared)

    return compare
