"""What commands share: how a study is named, where studies lie, and checks of an option's value."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decoder_search.cli.completion import study_names
from encodenet_core.errors import ConfigError
from encodenet_core.io.shell_paths import shell_paths

if TYPE_CHECKING:
    from rich.console import Console

StudyArgument = Annotated[
    str | None,
    typer.Argument(help="Name of the study; the newest if left out.", autocompletion=study_names),
]
NamedStudyArgument = Annotated[str, typer.Argument(help="Name of the study.", autocompletion=study_names)]
ResultsOption = Annotated[
    Path,
    typer.Option(
        envvar="DECODER_SEARCH_RESULTS", help="Folder that holds the studies.", callback=shell_paths
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def require_at_least(option: str, value: int, least: int) -> None:
    """Raise a ConfigError where an option's number is below `least`."""
    if value < least:
        raise ConfigError(f"{option} is {value}, but expected is {least} or more")


def require_one_of(option: str, value: str, choices: Collection[str]) -> None:
    """Raise a ConfigError where an option's word is none of `choices`."""
    if value not in choices:
        raise ConfigError(f"{option} is {value!r}, but expected is one of {', '.join(choices)}")


def standard_output() -> Console:
    """Standard output for what Rich draws.

    `FORCE_COLOR`, as notebooks and services that build set it, asks for colours in what is no terminal, but
    not for pictures that move.
    """
    from rich.console import Console

    return Console(force_interactive=None if sys.stdout.isatty() else False)
