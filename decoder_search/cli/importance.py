"""`decoder-search importance`: which searched keys mattered."""

from __future__ import annotations

import json

import typer

from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import JsonOption, ResultsOption, StudyArgument


def importance(
    study: StudyArgument = None, as_json: JsonOption = False, results: ResultsOption = RESULTS
) -> None:
    """Show which of the searched keys mattered, for accuracy and for the reconstruction."""
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study

    record = read_study(find_study(study, results))
    from decoder_search.analysis.importance import measure_importances  # loads Optuna

    importances = measure_importances(record)
    if as_json:
        typer.echo(json.dumps(importances.to_json(), indent=2, allow_nan=False))
        return
    from rich.console import Console

    from decoder_search.views.terminal.importance import build_importances

    Console().print(build_importances(importances))
