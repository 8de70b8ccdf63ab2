"""`encodenet architectures`: the networks that a config can name, in numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, Attention
from encodenet_core.errors import ConfigError

if TYPE_CHECKING:
    from encodenet_core.models.summary import ArchitectureSummary

MOST_CLASSES = 1_000_000


def _number_of_classes(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 2 <= number <= MOST_CLASSES:
        raise ConfigError(
            f"--num-classes is {str(text)!r}, but expected is a whole number from 2 to {MOST_CLASSES}; "
            "write it as --num-classes 100"
        )
    return number


def architectures(
    num_classes: Annotated[
        int, typer.Option(parser=_number_of_classes, metavar="N", help="Number of classes.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the architectures, and ResNet50 with attention, with size and cost for 32x32 colour images."""
    prepare_environment()
    from encodenet_core.models.summary import summarize_architecture

    summaries = [summarize_architecture(name, num_classes) for name in get_args(Architecture)]
    summaries += [summarize_architecture("resnet50", num_classes, each) for each in get_args(Attention)]
    if as_json:
        typer.echo(json.dumps([asdict(summary) for summary in summaries], indent=2))
        return
    for line in table_lines(summaries):
        typer.echo(line)


def table_lines(summaries: list[ArchitectureSummary]) -> Iterator[str]:
    """A header and a line for each architecture, in columns; numbers are aligned at their right."""
    yield f"{'name':21} {'trainable_parameters':>20} {'macs':>14}  {'feature_shape':14} cut"
    for each in summaries:
        name = f"{each.name} + {each.attention}" if each.attention else each.name
        yield (
            f"{name:21} {each.trainable_parameters:20,} {each.macs:14,}  "
            f"{str(each.feature_shape):14} {each.cut}"
        )
