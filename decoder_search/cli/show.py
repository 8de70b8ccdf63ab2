"""`decoder-search show`: one trial in full."""

from __future__ import annotations

from typing import Annotated

import typer

from decoder_search.cli.options import RESULTS, ResultsOption


def show(
    study: Annotated[str, typer.Argument(help="Name of the study.")],
    trial: Annotated[int, typer.Argument(help="Number of the trial.")],
    results: ResultsOption = RESULTS,
) -> None:
    """Show one trial: its params, what it measured, and where its files are."""
    from rich.console import Console

    from decoder_search.details import build_details
    from decoder_search.records import find_study, read_study

    Console().print(build_details(read_study(find_study(study, results)), trial))
