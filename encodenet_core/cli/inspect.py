"""`encodenet inspect`: what a model file is, where it would be cut, and whether it fits the data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encodenet_core.cli.progress import followed
from encodenet_core.cli.session import (
    AssignmentsOption,
    DataOption,
    JsonOption,
    prepare_environment,
    resolve_config,
)
from encodenet_core.config import EncodeNetConfig
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.stages.layout import default_cache_folder

if TYPE_CHECKING:
    from encodenet_core.models.fit_to_data import DataFit
    from encodenet_core.models.inspection import ModelInspection


def inspect(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A .keras or .h5 file.", callback=shell_paths)
    ],
    data: DataOption = None,
    assignments: AssignmentsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at a model file: its layers, its cut, and with data which pixels and classes it was trained on."""
    config = resolve_config(None, data, assignments, str(model))
    prepare_environment()
    from encodenet_core.models.inspection import inspect_model

    found = inspect_model(model, config.baseline.cut)
    fit = None if data is None else _measure(config, found)
    if as_json:
        told = {**asdict(found), "data": None if fit is None else fit.to_json()}
        typer.echo(json.dumps(told, indent=2))
        return
    from encodenet_core.cli.inspected import print_fit, print_model

    print_model(found)
    if fit is not None:
        print_fit(fit)


def _measure(config: EncodeNetConfig, found: ModelInspection) -> DataFit:
    from encodenet_core.images import obtain_whole_dataset
    from encodenet_core.models.fit_to_data import measure_fit
    from encodenet_core.stages.cache import StageCache

    cache = StageCache(default_cache_folder())
    with followed(err=True) as (report, say):
        return measure_fit(
            config,
            found.image_shape,
            lambda each: obtain_whole_dataset(each.dataset, each.seed, cache, report).without_test(),
            say,
        )
