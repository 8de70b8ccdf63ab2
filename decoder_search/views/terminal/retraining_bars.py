"""Retrainings while they run, a bar each, on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from encodenet_core.io.quantities import SPEED_PERIOD


class RetrainingBars:
    """Shows the stage that each running retraining is in, and the time left in it; lines scroll by above."""

    def __init__(self, console: Console) -> None:
        """Bars that are not drawn before the block begins."""
        columns = (
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[stage]:17}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
        )
        self._bars = Progress(*columns, console=console, speed_estimate_period=SPEED_PERIOD)
        self._tasks: dict[str, tuple[str, TaskID]] = {}

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        self._bars.console.print(Text(line), soft_wrap=True)

    def follow(self, name: str, stage: str, epoch: int, epochs: int) -> None:
        """Move a retraining's bar, or take it away where it has ended, which is epoch 0 of 0."""
        shown = self._tasks.get(name)
        if shown and shown[0] != stage:
            self._bars.remove_task(shown[1])
            del self._tasks[name]
        if not stage:
            return
        if name not in self._tasks:
            task = self._bars.add_task(name, stage=stage, total=epochs, completed=epoch - 1)
            self._tasks[name] = (stage, task)
        self._bars.update(self._tasks[name][1], completed=epoch)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the lines, and no bar of what no longer runs."""
        for name in list(self._tasks):
            self.follow(name, "", 0, 0)
        self._bars.stop()
