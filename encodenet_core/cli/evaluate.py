"""`encodenet evaluate`: score what a training left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from encodenet_core.cli.loading import loading
from encodenet_core.cli.session import prepare_environment
from encodenet_core.io.shell_paths import shell_paths


def evaluate(
    folder: Annotated[Path, typer.Argument(help="Output folder of `encodenet train`.", callback=shell_paths)],
    data: Annotated[
        str | None, typer.Option(help="Another dataset of the same classes.", callback=shell_paths)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a trained EncodeNet again, from its folder alone."""
    prepare_environment()
    from encodenet_core.runs.opening import evaluate_folder

    with loading(err=as_json) as load:
        scores = evaluate_folder(folder, data, load)
    if as_json:
        typer.echo(json.dumps(scores, indent=2))
        return
    width = max(26, *(len(name) for name in scores))
    for name, value in scores.items():
        if value is not None:
            shown = f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
            typer.echo(f"{name:{width}} {shown}")
