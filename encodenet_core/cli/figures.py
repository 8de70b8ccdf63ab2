"""`encodenet figures`: the paper's figures 2 to 5 of what a training left."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from encodenet_core.cli.progress import followed
from encodenet_core.cli.session import check_output, prepare_environment
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.runs.folder import find_class, read_class_names
from encodenet_core.stages.layout import default_cache_folder


def figures(
    folder: Annotated[Path, typer.Argument(help="Output folder of `encodenet train`.", callback=shell_paths)],
    class_: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="NAME|INDEX", help="The class of figure 2; else the one of most clusters."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the figures; else the folder itself.", callback=shell_paths),
    ] = None,
) -> None:
    """Draw figures 2 to 5 of the paper for a run: clusters, elbow, entropies, conversions."""
    class_names = read_class_names(folder)
    label = None if class_ is None else find_class(class_, class_names)
    check_output(output or folder)
    prepare_environment()
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its font cache on first use
    from encodenet_core.figures.look import names_not_drawn
    from encodenet_core.figures.material import gather_material
    from encodenet_core.figures.writing import write_figures
    from encodenet_core.stages.cache import StageCache

    with followed() as (report, say):
        material = gather_material(folder, StageCache(default_cache_folder()), say, report)
    for path in write_figures(material, output or folder, label):
        typer.echo(f"wrote {path}")
    if left_out := names_not_drawn(class_names):
        typer.echo(f"no font here has the letters of some names; in the figures: {', '.join(left_out)}")
