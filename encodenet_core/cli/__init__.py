"""`encodenet`: its commands, by file; none loads Keras before it has checked its arguments."""

from __future__ import annotations

import typer

from encodenet_core.cli.architectures import architectures
from encodenet_core.cli.cache import app as cache
from encodenet_core.cli.comparisons import add_commands
from encodenet_core.cli.early_exits import compare_exits
from encodenet_core.cli.evaluate import evaluate
from encodenet_core.cli.export import export
from encodenet_core.cli.figures import figures
from encodenet_core.cli.inspect import inspect
from encodenet_core.cli.methods import compare_methods
from encodenet_core.cli.predict import predict
from encodenet_core.cli.train import train
from encodenet_core.io.command_line import run_command_line

app = typer.Typer(
    help="Train EncodeNet: a converting autoencoder teaches the feature extractor of an image classifier.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(inspect)
app.command()(train)
app.command()(evaluate)
app.command()(architectures)
app.add_typer(cache, name="cache")
add_commands(app)
app.command()(compare_methods)
app.command()(compare_exits)
app.command()(figures)
app.command()(predict)
app.command()(export)


def main() -> None:
    """Entry point of the console script."""
    run_command_line(app)
