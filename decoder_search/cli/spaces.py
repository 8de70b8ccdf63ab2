"""`decoder-search spaces`: what there is to search."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from decoder_search.cli.options import JsonOption


def spaces(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a space's file, for editors.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the search spaces that come with the package."""
    if schema:
        from decoder_search.space_schema import space_schema

        typer.echo(json.dumps(space_schema(), indent=2))
        return
    from decoder_search.space import load_space, packaged_spaces

    packaged = [load_space(name) for name in packaged_spaces()]
    if as_json:
        typer.echo(json.dumps([space.to_json() for space in packaged], indent=2, allow_nan=False))
        return
    from rich.console import Console

    from decoder_search.details import build_spaces

    Console().print(build_spaces(packaged))
