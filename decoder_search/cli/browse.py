"""`decoder-search browse`: studies and their trials, to look through."""

from __future__ import annotations

import os
import sys
from typing import Annotated, cast, get_args

import typer

from decoder_search.cli.completion import RESULTS, one_of, study_names
from decoder_search.cli.options import ResultsOption, require_one_of
from encodenet_core.errors import ConfigError


def browse(
    study: Annotated[
        str | None,
        typer.Argument(help="Name of the study; a list of all if left out.", autocompletion=study_names),
    ] = None,
    results: ResultsOption = RESULTS,
    images: Annotated[
        str,
        typer.Option(
            envvar="DECODER_SEARCH_IMAGES",
            help="auto, or blocks where the terminal claims more than it can draw.",
            autocompletion=one_of("auto", "blocks"),
        ),
    ] = "auto",
) -> None:
    """Look through studies and their trials: sort, filter, compare, export; ? shows the keys."""
    from decoder_search.records.listing import find_study

    folder = None if study is None else find_study(study, results)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise ConfigError(
            "browse draws on a terminal, and this is none; `decoder-search leaderboard` prints the same rows"
        )
    from decoder_search.views.browser.app import browse as run
    from decoder_search.views.browser.pictures import ImageChoice

    require_one_of("--images", images, get_args(ImageChoice))
    copied = run(results, folder, cast(ImageChoice, images))
    if copied:
        typer.echo("Copied commands:")
        typer.echo("\n".join(f"  {line}" for line in copied))
