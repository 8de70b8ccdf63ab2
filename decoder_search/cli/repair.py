"""`decoder-search repair`: a study without the lines that cannot be read."""

from __future__ import annotations

from typing import Annotated

import typer

from decoder_search.cli.completion import RESULTS
from decoder_search.cli.options import NamedStudyArgument, ResultsOption


def repair(
    study: NamedStudyArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what is broken; exit code 1 where anything is.")
    ] = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Drop the lines of a study that cannot be read, and keep a backup."""
    from decoder_search.records.listing import find_study
    from decoder_search.records.repair import find_damage, repair_study

    folder = find_study(study, results)
    damage, backups = (find_damage(folder), ()) if dry_run else repair_study(folder)
    for line in (*damage.broken, *damage.consequences):
        typer.echo(line)
    if not damage.broken:
        typer.echo(f"study {folder.name} is whole; there is nothing to repair")
    elif dry_run:
        typer.echo(f"nothing was changed; `decoder-search repair {folder.name}` drops these lines")
        raise typer.Exit(1)
    for backup in backups:
        typer.echo(f"as it was before: {backup}")
