"""What the commands that compare setups share: the same options, the same end, tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from encodenet_core.cli.progress import SetupsLeft, followed
from encodenet_core.cli.session import (
    check_output,
    prepare_environment,
    resolve_config,
    stopped_by_ctrl_c,
)
from encodenet_core.config import EncodeNetConfig
from encodenet_core.errors import ConfigError
from encodenet_core.stages.layout import check_cache, default_cache_folder

if TYPE_CHECKING:
    from encodenet_core.comparisons.comparison import Comparison
    from encodenet_core.comparisons.tables import Table

SeedsOption = Annotated[int, typer.Option(help="How many seeds, from the config's own on.")]

Source = tuple[Path | None, str | None, Sequence[str] | None]
"""A config file, `--data` and every `--set`."""


@dataclass(frozen=True)
class Prepared:
    """What a command was asked for, checked."""

    config: EncodeNetConfig
    n_seeds: int
    folder: Path
    as_json: bool


def prepare_comparison(
    name: str, source: Source, n_seeds: int, output: Path | None, *, as_json: bool
) -> Prepared:
    """Check what the user gave before anything is loaded, then start Keras.

    Raises:
        ConfigError: the config, the number of seeds or the folder cannot be used.
    """
    if n_seeds < 1:
        raise ConfigError(f"--seeds is {n_seeds}, but expected is at least 1; 3 show a spread")
    config = resolve_config(*source)
    folder = output or Path("results") / f"{name}-{source[0].stem if source[0] else 'digits'}"
    check_output(folder)
    check_cache(default_cache_folder())
    prepare_environment()
    typer.echo(f"results go to {folder}", err=as_json)
    return Prepared(config, n_seeds, folder, as_json)


def follow_comparison(comparison: Comparison, prepared: Prepared) -> None:
    """Run a comparison, show its progress, and print its tables or its JSON; Ctrl-C is exit code 130."""
    from encodenet_core.comparisons.comparison import run_comparison
    from encodenet_core.comparisons.seed_run import Surroundings
    from encodenet_core.data.sources import note_on
    from encodenet_core.stages.cache import StageCache

    err, folder = prepared.as_json, prepared.folder
    with stopped_by_ctrl_c(err=err), followed(err=err) as (report, say):
        cache = StageCache(default_cache_folder())
        if note := note_on(prepared.config.dataset.source):
            say(note)
        surroundings = Surroundings(cache, report, say, SetupsLeft(say))
        tables = run_comparison(comparison, prepared.config, prepared.n_seeds, folder, surroundings)
    if prepared.as_json:
        typer.echo((folder / f"{comparison.description.name}.json").read_text(encoding="utf-8").rstrip("\n"))
        return
    console = Console()
    for table in tables:
        print_table(table, console)


def print_table(table: Table, console: Console) -> None:
    """Print a table with its notes; columns that may go are left out where the terminal is too narrow."""
    needed = [place for place, column in enumerate(table.columns) if not column.wide]
    layouts = [(table, 2), (table, 1), (table.with_columns(needed), 2), (table.with_columns(needed), 1)]
    fitting = [layout for layout in layouts if _width(*layout) <= console.width]
    shown, gap = fitting[0] if fitting else layouts[-1]
    console.print(Text(f"\n{table.title}\n", style="bold"))
    console.print(_build(shown, gap))
    console.print()
    for note in table.notes:
        console.print(Text(note, style="dim"))


def _width(table: Table, gap: int) -> int:
    return sum(width + gap for width in _column_widths(table)) - gap


def _column_widths(table: Table) -> list[int]:
    return [
        max(cell_len(text) for text in (*column.header.split("\n"), *(row[place] for row in table.rows)))
        for place, column in enumerate(table.columns)
    ]


def _build(table: Table, gap: int) -> RichTable:
    shown = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap - 1, 0, 0))
    for place, (column, width) in enumerate(zip(table.columns, _column_widths(table), strict=True)):
        shown.add_column(
            column.header,
            justify="right" if place else "left",
            width=width,
            no_wrap=True,
            vertical="bottom",
        )
    for row in table.rows:
        shown.add_row(*map(Text, row))
    return shown
