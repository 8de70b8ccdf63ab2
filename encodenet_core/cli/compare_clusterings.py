"""`encodenet compare-clusterings`: k-means, cosine and HDBSCAN on one configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from encodenet_core.cli.comparing import follow_comparison, prepare_comparison


def compare_clusterings(
    config: Annotated[
        Path | None, typer.Argument(help="YAML file; without one, the defaults: digits.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds, from the config's own on.")] = 3,
    data: Annotated[str | None, typer.Option(help="Dataset name, .npz file or image folder.")] = None,
    assignments: Annotated[list[str] | None, typer.Option("--set", help="Such as decoder.depth=3.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
) -> None:
    """Compare clusterings by retrieval, silhouette and accuracy: k-means with 1 to 8, cosine, HDBSCAN."""
    prepared = prepare_comparison("clusterings", (config, data, assignments), seeds, output)
    from encodenet_core.comparisons.clusterings import CLUSTERINGS

    follow_comparison(CLUSTERINGS, prepared)
