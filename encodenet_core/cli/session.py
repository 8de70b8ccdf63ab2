"""What commands share: Keras started quietly, configs, an output folder that can be written to, Ctrl-C."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import (
    build_config,
    flatten,
    load_config,
    parse_assignment,
    with_absolute_paths,
)
from encodenet_core.errors import ConfigError
from encodenet_core.io.determinism import settle_determinism
from encodenet_core.io.shell_paths import shell_paths
from encodenet_core.io.versions import check_backend
from encodenet_core.models.quiet import import_keras_quietly

ConfigArgument = Annotated[
    Path | None, typer.Argument(help="YAML file; without one, the defaults: digits.", callback=shell_paths)
]
DataOption = Annotated[
    str | None,
    typer.Option(help="Dataset name, image folder, or .npz, .csv or .parquet file.", callback=shell_paths),
]
AssignmentsOption = Annotated[list[str] | None, typer.Option("--set", help="Such as decoder.depth=3.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON; progress goes to standard error.")]
OutputOption = Annotated[Path | None, typer.Option(help="Folder for the results.", callback=shell_paths)]


def prepare_environment() -> None:
    """Start Keras with the settings that it and TensorFlow read once, when they are imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    settle_determinism(os.environ)
    check_backend(os.environ.setdefault("KERAS_BACKEND", "tensorflow"))
    import_keras_quietly(whole=False)
    from encodenet_core.models.keras_settings import settle_keras

    settle_keras()


def resolve_config(
    config: Path | None, data: str | None, assignments: Sequence[str] | None, model: str | None = None
) -> EncodeNetConfig:
    """The config in a file, or the default one, with `--data`, a model and every `--set` applied.

    Pictures of other sizes than that of a given model get its size.
    """
    overrides = dict(parse_assignment(text) for text in assignments or [])
    overrides |= {} if data is None else {"dataset.source": data}
    overrides |= {} if model is None else {"baseline.model": model}
    resolved = load_config(config, overrides) if config else build_config(with_absolute_paths(overrides))
    if resolved.baseline.model is None:
        return resolved
    from encodenet_core.models.size_of_images import with_size_of_model

    values = flatten(resolved.model_dump(mode="json"))
    return build_config(with_size_of_model(values, partial(typer.echo, err=True)))


def check_output(folder: Path) -> None:
    """Refuse a folder that cannot be written to before anything is computed; leave no trace of the try."""
    absent: list[Path] = []
    try:
        if (folder / "trials.jsonl").exists():
            raise ConfigError(f"{folder} is a study; give another folder with --output")
        absent = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ConfigError(f"cannot write to {folder}: {error.strerror}; give another --output") from None
    finally:
        for place in absent:
            with suppress(OSError):
                place.rmdir()


@contextmanager
def stopped_by_ctrl_c(*, err: bool = False) -> Iterator[None]:
    """Ctrl-C ends what runs inside with a line instead of a traceback, and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from here", err=err)
        raise typer.Exit(130) from None
