"""A study while it runs: a live view on a terminal, plain lines everywhere else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from decoder_search.records.trial_record import TrialRecord
from decoder_search.records.wording import compact_params, compact_values, time_left, trial_name
from decoder_search.space.metrics import OBJECTIVES
from decoder_search.space.parameters import Scalar
from encodenet_core.errors import one_line
from encodenet_core.io.quantities import duration

FRAME_LINES = 9
"""Lines of the view that are no running trials, and one to spare."""


@dataclass(frozen=True)
class TrialProgress:
    """How far a running trial is."""

    number: int
    params: Mapping[str, Scalar] = field(default_factory=dict)
    stage: str = "starting"
    step: int = 0
    total: int = 0
    values: Mapping[str, float | None] = field(default_factory=dict)


class LiveView:
    """Shows what it is told; a number below 0 is the preparation of the study, not a trial.

    Args:
        console: where to show it; a live view needs a terminal.
        study_name: the study's name.
        n_trials: how many trials the study has in total.
        deadline: when the time budget ends, in seconds of the monotonic clock.
    """

    def __init__(self, console: Console, *, study_name: str, n_trials: int, deadline: float | None) -> None:
        """A view of a study without trials; `resumed` tells it of earlier ones."""
        self._console = console
        self._study_name = study_name
        self._n_trials = n_trials
        self._deadline = deadline
        self._started = time.monotonic()
        self._running: dict[int, TrialProgress] = {}
        self._states: Counter[str] = Counter()
        self._n_resumed = 0
        self._best: TrialRecord | None = None
        self._live = Live(console=console, get_renderable=self.render) if console.is_interactive else None

    def __enter__(self) -> Self:
        """Start the clock and, on a terminal, the live area."""
        self._started = time.monotonic()
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state of the live area standing."""
        if self._live:
            self._live.stop()

    def say(self, text: str) -> None:
        """Print one line of news; on a terminal it scrolls by above the live area."""
        self._console.print(Text(one_line(text)), soft_wrap=True)

    def resumed(self, records: Iterable[TrialRecord], best: TrialRecord | None) -> None:
        """Count the trials that an earlier driver finished; they took none of this one's time."""
        self._states.update(record.state for record in records if record.state != "running")
        self._n_resumed = self._states.total()
        self._best = best

    def trial_started(self, number: int, params: Mapping[str, Scalar]) -> None:
        """A worker has the trial."""
        self._running[number] = TrialProgress(number, params)

    def trial_reported(
        self, number: int, stage: str, step: int, total: int, values: Mapping[str, float | None]
    ) -> None:
        """A running trial finished `step` of `total` epochs of a stage."""
        before = self._running.get(number, TrialProgress(number))
        self._running[number] = replace(before, stage=stage, step=step, total=total, values=dict(values))
        if not self._live and stage != before.stage:
            self.say(f"{trial_name(number)}: {stage}")

    def trial_left(self, number: int) -> None:
        """A worker no longer has the trial, which has not finished: it waits for another try."""
        self._running.pop(number, None)

    def trial_finished(self, record: TrialRecord, best: TrialRecord | None) -> None:
        """A trial ended, in whatever state; `best` is the best of the study so far."""
        self._running.pop(record.number, None)
        self._states[record.state] += 1
        self._best = best
        if not self._live:
            done = f"{self._states.total()} of {self._n_trials} done"
            leader = f", best is trial {best.number}" if best else ""
            self.say(f"{describe_finished(record)} ({done}{leader})")

    def render(self) -> RenderableType:
        """The live area as it is now."""
        rows = list(self._running.values())
        room = max(1, self._console.height - FRAME_LINES)
        parts = [self._progress_line(), Text(), *running_lines(rows, room), Text()]
        parts += [self._best_line(), self._counts_line()]
        return Panel(Group(*parts), title=f"study {self._study_name}", title_align="left", border_style="dim")

    def _progress_line(self) -> RenderableType:
        done, now = self._states.total(), time.monotonic()
        words = [f"{done} of {self._n_trials} trials", f"{duration(now - self._started)} so far"]
        left = time_left(
            elapsed=now - self._started,
            finished=done - self._n_resumed,
            waiting=self._n_trials - done,
            budget=None if self._deadline is None else self._deadline - now,
        )
        words += [f"about {duration(left)} left"] if left is not None else []
        line = Table.grid(padding=(0, 2))
        line.add_row(ProgressBar(total=self._n_trials, completed=done, width=16), Text(" · ".join(words)))
        return line

    def _best_line(self) -> Text:
        if self._best is None:
            return Text("best    none yet", style="dim", no_wrap=True)
        line = Text(
            f"best    trial {self._best.number}", style="bold green", no_wrap=True, overflow="ellipsis"
        )
        line.append(f"  {compact_values(self._best.metrics, OBJECTIVES)}", style="not bold")
        line.append(f"\n        {compact_params(self._best.params)}", style="not bold dim default")
        return line

    def _counts_line(self) -> Text:
        states = ("completed", "pruned", "infeasible", "failed")
        counts = [f"{self._states[state]} {state}" for state in states if self._states[state]]
        return Text("trials  " + (" · ".join(counts) or "none finished"), style="dim")


def running_lines(rows: Sequence[TrialProgress], room: int) -> list[RenderableType]:
    """How far each running trial is, with its params below where `room` lines are enough for that."""
    lines: list[RenderableType] = []
    fitting = rows if len(rows) <= room else rows[: room - 1]
    for row in fitting:
        lines.append(_running_line(row))
        if 2 * len(rows) <= room:
            params = f"        {compact_params(row.params)}"
            lines.append(Text(params, style="dim", no_wrap=True, overflow="ellipsis"))
    if len(fitting) < len(rows):
        lines.append(Text(f"and {len(rows) - len(fitting)} more", style="dim"))
    return lines


def _running_line(row: TrialProgress) -> RenderableType:
    line = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for width in (6, 14, 12, 7):
        line.add_column(width=width, no_wrap=True, overflow="ellipsis")
    line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    line.add_row(
        Text(f"{row.number:>5}" if row.number >= 0 else "    –", style="bold"),
        Text(one_line(row.stage)),
        ProgressBar(total=max(row.total, 1), completed=row.step, width=12),
        Text(f"{row.step}/{row.total}" if row.total else ""),
        Text(compact_values(row.values, [name for name in row.values if not name.endswith("_seconds")])),
    )
    return line


def describe_finished(record: TrialRecord) -> str:
    """The line that a finished trial is worth where there is no live area."""
    outcome = compact_values(record.metrics, OBJECTIVES) if record.state == "completed" else record.reason
    ended = f"{trial_name(record.number)} {record.state} in {duration(record.seconds)}"
    return f"{ended}: {outcome}; {compact_params(record.params)}"
