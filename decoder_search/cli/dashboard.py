"""`decoder-search dashboard`: Optuna's dashboard on a copy of a study."""

from __future__ import annotations

from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import ResultsOption, StudyArgument


def dashboard(
    study: StudyArgument = None,
    port: Annotated[int, typer.Option(help="0 takes any that is free.")] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines look too.")
    ] = "127.0.0.1",
    results: ResultsOption = RESULTS,
) -> None:
    """Open Optuna's dashboard on a copy of a study that is kept up to date; Ctrl-C closes it."""
    from decoder_search.records.listing import find_study

    folder = find_study(study, results)
    from decoder_search.mirror.dashboard import dashboard as open_dashboard  # loads Optuna
    from encodenet_core.errors import one_line

    def warn(error: Exception) -> None:
        typer.echo(f"the dashboard is not up to date: {one_line(str(error))}", err=True)

    with open_dashboard(folder, port, warn, host) as (page, server):
        if server.address_for_others is not None:
            typer.echo(
                f"who reaches {server.address_for_others} can read this study, and change or delete what its "
                "copy shows: there is no password",
                err=True,
            )
        typer.echo(f"study {folder.name}: {page}")
        typer.echo("It shows a copy; nothing that is done there reaches the study. Ctrl-C closes it.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
