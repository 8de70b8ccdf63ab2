"""`encodenet`: train one configuration, evaluate what came out."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from encodenet_core.command_line import run_command_line
from encodenet_core.config import (
    EncodeNetConfig,
    build_config,
    load_config,
    parse_assignment,
    with_absolute_paths,
)
from encodenet_core.errors import ConfigError
from encodenet_core.files import default_cache_folder
from encodenet_core.quiet import import_keras_quietly

app = typer.Typer(
    help="Train EncodeNet: a converting autoencoder teaches the feature extractor of an image classifier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _several_commands() -> None:
    """Keep the name of a command required."""


@app.command()
def train(
    config: Annotated[
        Path | None, typer.Argument(help="YAML file; without one, the defaults: digits.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Dataset name, .npz file or image folder.")] = None,
    assignments: Annotated[list[str] | None, typer.Option("--set", help="Such as decoder.depth=3.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
) -> None:
    """Train baseline, EncodeNet and both controls of one configuration."""
    overrides = dict(parse_assignment(text) for text in assignments or [])
    if data is not None:
        overrides["dataset.source"] = data
    resolved = load_config(config, overrides) if config else build_config(with_absolute_paths(overrides))
    folder = output or Path("results") / f"encodenet-{config.stem if config else 'digits'}"
    _check_output(folder)
    prepare_environment()
    typer.echo(f"results go to {folder}")
    metrics = _run(resolved, folder)
    for line in summary_lines(metrics):
        typer.echo(line)


def _run(config: EncodeNetConfig, folder: Path) -> dict[str, Any]:
    from encodenet_core.data import load_dataset
    from encodenet_core.pipeline import run_pipeline
    from encodenet_core.results import save_result
    from encodenet_core.stages import StageCache

    dataset = load_dataset(config.dataset, config.seed)
    cache = StageCache(default_cache_folder())
    result = run_pipeline(config, dataset, cache, ProgressLines())
    return save_result(result, folder)


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="Output folder of `encodenet train`.")],
    data: Annotated[str | None, typer.Option(help="Another dataset of the same classes.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a trained EncodeNet again, from its folder alone."""
    prepare_environment()
    from encodenet_core.results import evaluate_folder

    scores = evaluate_folder(folder, data)
    if as_json:
        typer.echo(json.dumps(scores, indent=2))
        return
    for name, value in scores.items():
        if value is not None:
            typer.echo(f"{name:26} {value:,}" if isinstance(value, int) else f"{name:26} {value:.4f}")


def prepare_environment() -> None:
    """Start Keras with the settings that it and TensorFlow read once, when they are imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import_keras_quietly()


def _check_output(folder: Path) -> None:
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


class ProgressLines:
    """A report that prints a line when a stage is a quarter further."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        """Print where the stage is; always go on."""
        if epoch == epochs or epoch % max(1, epochs // 4) == 0:
            seconds = time.monotonic() - self._started
            numbers = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
            typer.echo(f"{seconds:7.1f} s  {stage:17} epoch {epoch}/{epochs}  {numbers}")
        return True


def summary_lines(metrics: Mapping[str, Any]) -> list[str]:
    """The comparison that a run was made for, a line each."""
    lines = [f"{'':17} validation      test  parameters"]
    for name in ("baseline", "control_training", "control_features", "encodenet"):
        scores = metrics[name]
        test = f"{scores['test_accuracy']:9.2%}" if scores["test_accuracy"] is not None else f"{'-':>9}"
        lines.append(f"{name:17} {scores['validation_accuracy']:10.2%} {test} {scores['parameters']:11,}")
    reconstruction = metrics["reconstruction"]
    lines.append(
        f"reconstruction: mse {reconstruction['mse']:.4f} of {reconstruction['n_targets']} targets, "
        f"explained variance {reconstruction['explained_variance']:.1%}, "
        f"retrieval {reconstruction['retrieval']:.1%}"
    )
    return lines


def main() -> None:
    """Entry point of the console script."""
    run_command_line(app)


if __name__ == "__main__":
    main()
