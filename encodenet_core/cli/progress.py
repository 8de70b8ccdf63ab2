"""How far a long command is: bars on a terminal, lines elsewhere, both with the time that is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import typer

from encodenet_core.io.quantities import SPEED_PERIOD, duration

if TYPE_CHECKING:
    from encodenet_core.training.watch import Report

LINES_A_STAGE = 4

_UNITS = {"images": "decoded"}
"""What is counted where it is no epochs."""


class Progressing(NamedTuple):
    """What a fit reports its epochs to, and what is told lines meanwhile: beside bars, no other may print."""

    report: Report
    say: Callable[[str], None]


@contextmanager
def followed(*, err: bool = False) -> Iterator[Progressing]:
    """Show progress while the block runs.

    Args:
        err: whether it is shown on standard error, since the answer itself goes to standard output.
    """
    stream, say = (sys.stderr if err else sys.stdout), partial(typer.echo, err=err)
    if not stream.isatty():
        yield Progressing(ProgressLines(say), say)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    columns = (
        TextColumn("{task.description:17}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[values]}", markup=False, style="dim"),
    )
    with Progress(*columns, console=Console(stderr=err), speed_estimate_period=SPEED_PERIOD) as bars:
        if not bars.console.is_interactive:  # such as TERM=dumb
            yield Progressing(ProgressLines(say), say)
            return
        tasks = {}

        def show(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=epochs, completed=epoch - 1, values="")
            bars.update(tasks[stage], completed=epoch, total=epochs, values=numbers(values))
            return True

        yield Progressing(show, lambda line: bars.console.print(Text(line), soft_wrap=True))


class ProgressLines:
    """A report that prints a line when a stage is a quarter further, and where one goes on.

    Args:
        say: is told the lines.
    """

    def __init__(self, say: Callable[[str], None] = typer.echo) -> None:
        self._say = say
        self._started = self._stage_started = self._last = time.monotonic()
        self._stage, self._first, self._told = "", 1, 0

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        """Tell where the stage is; always go on."""
        now = time.monotonic()
        goes_on = stage != self._stage and epoch > 1
        if stage != self._stage:
            self._stage, self._first, self._stage_started = stage, epoch, self._last
            self._told = epoch - 1
        self._last = now
        a_part = max(1, epochs // LINES_A_STAGE)
        if goes_on:
            self._say(f"{stage} goes on after epoch {epoch - 1}")
        if goes_on or epoch == epochs or epoch // a_part > self._told // a_part:
            self._told = epoch
            an_epoch = (now - self._stage_started) / (epoch - self._first + 1)
            left = f"  about {duration(an_epoch * (epochs - epoch))} left" if epoch < epochs else ""
            place = f"{now - self._started:7.1f} s  {stage:17} {_UNITS.get(stage, 'epoch')} {epoch}/{epochs}"
            self._say(f"{place}  {numbers(values)}{left}")
        return True


class SetupsLeft:
    """Says after every setup of a comparison how many are left, and for how long.

    Setups that were measured before take no time and tell nothing of the pace.

    Args:
        say: is told the lines.
    """

    def __init__(self, say: Callable[[str], None] = typer.echo) -> None:
        self._say = say
        self._last = time.monotonic()
        self._paces: list[float] = []

    def __call__(self, done: int, total: int, fresh: bool) -> None:
        """Tell that `done` of `total` setups are measured, the last one now or, not `fresh`, before."""
        now = time.monotonic()
        if fresh:
            self._paces.append(now - self._last)
        self._last = now
        left = ""
        if self._paces and done < total:
            left = f", about {duration((total - done) * sum(self._paces) / len(self._paces))} left"
        self._say(f"{done} of {total} setups measured{left}")


def numbers(values: Mapping[str, float]) -> str:
    """Names and values, as in `loss 0.2345  accuracy 0.9`."""
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items())
