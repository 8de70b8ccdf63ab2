"""`decoder-search compare`: studies beside each other."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS, study_names
from decoder_search.cli.options import JsonOption, ResultsOption


def compare(
    studies: Annotated[
        list[str],
        typer.Argument(help="Names of two or more studies.", metavar="STUDY...", autocompletion=study_names),
    ],
    as_json: JsonOption = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Compare studies: their best trials, Pareto fronts, and hypervolume over epochs spent."""
    from decoder_search.analysis.comparison import compare_studies
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study

    comparison = compare_studies([read_study(find_study(name, results)) for name in studies])
    if as_json:
        typer.echo(json.dumps(comparison.to_json(), indent=2, allow_nan=False))
        return
    from rich.console import Console

    from decoder_search.views.terminal.comparison import build_comparison

    Console().print(build_comparison(comparison))
