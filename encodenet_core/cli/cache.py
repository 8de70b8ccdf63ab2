"""`encodenet cache`: look at the finished stages, make room, check them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from encodenet_core.io.quantities import format_size, parse_size
from encodenet_core.stages.layout import default_cache_folder
from encodenet_core.stages.locks import is_busy
from encodenet_core.stages.subjects import describe_stages
from encodenet_core.stages.upkeep import CacheEntry, prune_cache, read_cache, verify_cache

app = typer.Typer(
    help="Finished stages, kept in ENCODENET_CACHE or ~/.cache/encodenet: list, prune, verify.",
    no_args_is_help=True,
)

NOTES = {
    "finished": "",
    "partial": "unfinished",
    "leftover": "half removed",
}


@app.command("list")
def list_stages(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every stage: its size, when it was made and last used, and what it is of."""
    root = default_cache_folder()
    entries = read_cache(root)
    if as_json:
        rows = list_rows(root, entries)
        total = sum(entry.size for entry in entries)
        typer.echo(json.dumps({"folder": str(root), "size": total, "stages": rows}, indent=2))
        return
    if entries:
        _print_table(root, entries)
    typer.echo(summary_line(root, entries))


@app.command()
def prune(
    keep: Annotated[str, typer.Option(help="What may be left: 20GB, 500MB, 1.5GiB, or 0.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove unfinished stages, then the least recently used ones, until the rest fits."""
    root, most = default_cache_folder(), parse_size(keep)
    pruning = prune_cache(root, most, dry_run=dry_run)
    for entry in pruning.removed:
        note = NOTES[entry.state] or f"last used {_ago(entry.used)} ago"
        typer.echo(
            f"{'would remove' if dry_run else 'removed'} {entry.key}, {format_size(entry.size)}, {note}"
        )
    typer.echo(
        f"{'would free' if dry_run else 'freed'} {format_size(pruning.freed)}; "
        f"{format_size(pruning.left)} {'would be' if dry_run else 'are'} left in {root}"
    )
    if pruning.left > most:
        typer.echo(f"more than {keep}, because running processes use or make the rest")


@app.command()
def verify() -> None:
    """Compare every file with the checksum that was written down; exit code 1 where one differs."""
    checked = damaged = 0
    for entry, damage in verify_cache(default_cache_folder()):
        checked += 1
        if damage is not None:
            damaged += 1
            typer.echo(f"{entry.key} is damaged: {damage}")
    remedy = "; who needs them computes them again" if damaged else ""
    typer.echo(f"{checked} stages checked, {damaged} damaged{remedy}")
    if damaged:
        raise typer.Exit(1)


def list_rows(root: Path, entries: Sequence[CacheEntry]) -> list[dict[str, Any]]:
    """The stages as plain values; times are in UTC."""
    subjects = describe_stages(entries)
    return [
        {
            "stage": entry.stage,
            "key": entry.key,
            "state": entry.state,
            "busy": is_busy(root, entry.key),
            "size": entry.size,
            "created": entry.manifest["created"] if entry.manifest else None,
            "used": datetime.fromtimestamp(entry.used, UTC).isoformat(timespec="seconds"),
            "subject": subjects[entry.path],
        }
        for entry in entries
    ]


def summary_line(root: Path, entries: Sequence[CacheEntry]) -> str:
    """How many stages lie in the cache, and how large they are together."""
    if not entries:
        return f"no stages in {root}"
    unfinished = sum(entry.state != "finished" for entry in entries)
    besides = f" and {unfinished} unfinished or unusable" if unfinished else ""
    total = format_size(sum(entry.size for entry in entries))
    return f"{len(entries) - unfinished} stages{besides}, {total} in {root}"


def _print_table(root: Path, entries: Sequence[CacheEntry]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    subjects = describe_stages(entries)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("stage", "key"):
        table.add_column(name, no_wrap=True)
    for name in ("size", "age", "unused"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("of")
    for entry in entries:
        notes = [NOTES[entry.state], "in use" if is_busy(root, entry.key) else ""]
        made = datetime.fromisoformat(entry.manifest["created"]).timestamp() if entry.manifest else None
        # A Text, since rich would read markup in a plain string.
        cells = [entry.stage, entry.key.removeprefix(f"{entry.stage}-"), format_size(entry.size)]
        cells += ["" if made is None else _ago(made), _ago(entry.used)]
        cells += [", ".join(filter(None, [*notes, subjects[entry.path]]))]
        table.add_row(*map(Text, cells), style="" if entry.state == "finished" else "dim")
    Console().print(table)


def _ago(moment: float) -> str:
    seconds = max(0.0, time.time() - moment)
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
