"""`decoder-search show`: one trial in full."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import JsonOption, NamedStudyArgument, ResultsOption


def show(
    study: NamedStudyArgument,
    trial: Annotated[int, typer.Argument(help="Number of the trial.")],
    as_json: JsonOption = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Show one trial: its params, what it measured, and where its files are."""
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study
    from decoder_search.views.terminal.details import build_details, trial_details

    record = read_study(find_study(study, results))
    if as_json:
        typer.echo(json.dumps(trial_details(record, trial), indent=2, allow_nan=False))
        return
    from rich.console import Console

    Console().print(build_details(record, trial))
