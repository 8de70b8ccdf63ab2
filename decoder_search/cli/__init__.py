"""`decoder-search`: each command is a file here; none loads more than it needs to refuse its arguments."""

from __future__ import annotations

import typer

from decoder_search.cli.browse import browse
from decoder_search.cli.compare import compare
from decoder_search.cli.confirm import confirm
from decoder_search.cli.dashboard import dashboard
from decoder_search.cli.export import export
from decoder_search.cli.importance import importance
from decoder_search.cli.leaderboard import leaderboard
from decoder_search.cli.plot import plot
from decoder_search.cli.repair import repair
from decoder_search.cli.report import report
from decoder_search.cli.run import run
from decoder_search.cli.show import show
from decoder_search.cli.spaces import spaces
from encodenet_core.io.command_line import run_command_line

app = typer.Typer(
    help="Search for the decoder, clusters and targets with which EncodeNet improves an image classifier.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(leaderboard)
app.command()(browse)
app.command()(show)
app.command()(spaces)
app.command()(export)
app.command()(compare)
app.command()(confirm)
app.command()(importance)
app.command()(dashboard)
app.command()(plot)
app.command()(report)
app.command()(repair)


def main() -> None:
    """Entry point of the console script."""
    run_command_line(app)
