"""`decoder-search spaces`: what there is to search."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from decoder_search.cli.options import JsonOption

if TYPE_CHECKING:
    from rich.table import Table

    from decoder_search.space.search_space import SearchSpace


def spaces(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a space's file, for editors.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the search spaces that come with the package."""
    if schema:
        from decoder_search.space.schema import space_schema

        typer.echo(json.dumps(space_schema(), indent=2))
        return
    from decoder_search.space.parsing import load_space, packaged_spaces

    packaged = [load_space(name) for name in packaged_spaces()]
    if as_json:
        typer.echo(json.dumps([space.to_json() for space in packaged], indent=2, allow_nan=False))
        return
    from rich.console import Console

    Console().print(build_spaces(packaged))


def build_spaces(spaces: Sequence[SearchSpace]) -> Table:
    """The packaged search spaces, what they search, and what they are for."""
    from rich.table import Table
    from rich.text import Text

    table = Table("space", "searches", "for", title="search spaces", title_justify="left")
    for space in spaces:
        table.add_row(
            space.name, "\n".join(parameter.path for parameter in space.parameters), Text(space.description)
        )
    return table
