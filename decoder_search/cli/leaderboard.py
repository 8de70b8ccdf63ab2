"""`decoder-search leaderboard`: the trials of a study, best first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from decoder_search.cli.completion import RESULTS, one_of
from decoder_search.cli.options import ResultsOption, StudyArgument, require_one_of, standard_output
from encodenet_core.errors import ConfigError

if TYPE_CHECKING:
    from decoder_search.analysis.rows import LeaderboardOptions


def leaderboard(
    study: StudyArgument = None,
    sort: Annotated[str | None, typer.Option(help="Column to order by.")] = None,
    top: Annotated[int | None, typer.Option(help="Rows to show.")] = None,
    pareto: Annotated[bool, typer.Option("--pareto", help="The Pareto front alone.")] = False,
    by: Annotated[
        str | None,
        typer.Option(help="clustering: rank inside each clustering.", autocompletion=one_of("clustering")),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again whenever it changes.")] = False,
    format: Annotated[
        str,
        typer.Option(
            help="table, json, csv or markdown.", autocompletion=one_of("table", "json", "csv", "markdown")
        ),
    ] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Show the trials of a study, best first."""
    from decoder_search.analysis.formats import ROW_FORMATS, format_rows
    from decoder_search.analysis.rows import LeaderboardOptions, leaderboard_rows
    from decoder_search.records.listing import find_study
    from decoder_search.records.study_record import read_study

    require_one_of("--format", format, ("table", *ROW_FORMATS))
    if as_json and format not in ("table", "json"):
        raise ConfigError(f"--json is --format json, but --format is {format}; leave one of them out")
    format = "json" if as_json else format
    if by is not None:
        require_one_of("--by", by, ("clustering",))
    folder = find_study(study, results)
    options = LeaderboardOptions(sort, top, pareto, by_clustering=by is not None)
    if watch and format != "table":
        raise ConfigError(f"--watch shows a table, but --format is {format}; leave one of them out")
    if watch:
        _watch(folder, options)
    elif format == "table":
        from rich.console import Console

        from decoder_search.views.terminal.leaderboard import build_leaderboard

        Console().print(build_leaderboard(read_study(folder), options))
    else:
        rows = leaderboard_rows(read_study(folder), options)
        typer.echo(format_rows(rows, format).rstrip("\n"))  # type: ignore[arg-type]


def _watch(folder: Path, options: LeaderboardOptions) -> None:
    from rich.live import Live

    from decoder_search.records.study_record import TRIALS_FILE, read_study
    from decoder_search.views.terminal.leaderboard import build_leaderboard

    console, changed = standard_output(), -1
    with Live(console=console, auto_refresh=False, screen=console.is_interactive) as live:
        try:
            while True:
                modified = (folder / TRIALS_FILE).stat().st_mtime_ns
                if modified != changed:
                    live.update(build_leaderboard(read_study(folder), options), refresh=True)
                    changed = modified
                time.sleep(1.0)
        except KeyboardInterrupt:
            return
