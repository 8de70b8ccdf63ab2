"""A study on a recorded table: the real engines and the real pruner, trials that are looked up."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from table import Table

from decoder_search.driver.pruning import SuccessiveHalving, rung_losses
from decoder_search.engines.engine import Engine
from decoder_search.records.settings import StudySettings
from decoder_search.records.trial_record import Proposal, TrialRecord

NewEngine = Callable[[StudySettings, int], Engine]


@dataclass
class History:
    """What a simulated study spent and reached, after each trial that ended.

    Attributes:
        epochs: of autoencoders, of all trials so far, the stopped and the running ones included.
        hypervolumes: of the completed trials, scaled to the table.
        n_completed: trials that ran to their end.
        params: of every trial, in the order of their numbers.
    """

    epochs: list[int] = field(default_factory=list)
    hypervolumes: list[float] = field(default_factory=list)
    n_completed: int = 0
    params: list[dict[str, Any]] = field(default_factory=list)

    def reached_at(self, wanted: float) -> float:
        """The epochs after which the hypervolume is this large; infinite if it never is."""
        pairs = zip(self.epochs, self.hypervolumes, strict=True)
        return next((epochs for epochs, reached in pairs if reached >= wanted), float("inf"))

    def hypervolume_at(self, epochs: float) -> float:
        """The hypervolume after so many epochs."""
        pairs = zip(self.epochs, self.hypervolumes, strict=True)
        return max((reached for spent, reached in pairs if spent <= epochs), default=0.0)


class Simulation:
    """Trials take an epoch of simulated time for an epoch of their autoencoder."""

    def __init__(self, table: Table, settings: StudySettings, engine: Engine, n_workers: int) -> None:
        self._table, self._settings, self._engine = table, settings, engine
        self._n_workers = n_workers
        self._halving = None if settings.pruning is None else SuccessiveHalving(settings.pruning)
        self._queue: list[tuple[float, int, int]] = []
        self._running: dict[int, Proposal] = {}
        self._ended: dict[int, TrialRecord] = {}
        self._best: list[TrialRecord] = []
        self._n_epochs, self._next = 0, 0
        self.history = History()

    def run(self, n_trials: int, most_epochs: int) -> History:
        """Run until so many trials have ended, so many epochs are spent, or nothing is left to propose."""
        now = 0.0
        while self._n_epochs < most_epochs:
            while len(self._running) < self._n_workers and self._next < n_trials and self._start(now):
                pass
            if not self._queue:
                break
            now, number, epoch = heapq.heappop(self._queue)
            self._arrive(now, number, epoch)
        return self.history

    def _start(self, now: float) -> bool:
        proposal = self._engine.ask(self._next)
        if not isinstance(proposal, Proposal):
            return False
        self._next += 1
        self._running[proposal.number] = proposal
        self.history.params.append(dict(proposal.params))
        begun = 0 if proposal.resume_from is None else self._ended[proposal.resume_from].epochs or 0
        self._climb(now, proposal, begun)
        return True

    def _climb(self, now: float, proposal: Proposal, epoch: int) -> None:
        """Let a trial train from this epoch to where it is looked at next."""
        end = proposal.epochs or self._table.epochs
        rungs = () if self._settings.pruning is None or proposal.epochs else self._settings.pruning.rungs(end)
        following = next((rung for rung in rungs if rung > epoch), end)
        self._n_epochs += following - epoch
        heapq.heappush(self._queue, (now + following - epoch, proposal.number, following))

    def _arrive(self, now: float, number: int, epoch: int) -> None:
        proposal = self._running[number]
        entry = self._table.entry(proposal.params)
        measured = {**entry.curve[epoch - 1], "epochs": epoch}
        if epoch == (proposal.epochs or self._table.epochs):
            metrics = dict(entry.metrics)
            if epoch < self._table.epochs:  # a table knows no accuracy of EncodeNet before the end
                metrics |= {"mse": measured["mse"], "accuracy": measured["probe_accuracy"]}
            self._end(proposal, "completed", metrics, is_whole=epoch == self._table.epochs)
            return
        losses = rung_losses(measured, self._settings)
        if self._halving is None or losses is None:
            raise RuntimeError("a trial without rungs stopped at one")
        if self._halving.judge(number, epoch, losses).goes_on:
            self._climb(now, proposal, epoch)
        else:
            self._end(proposal, "pruned", measured, is_whole=False)

    def _end(self, proposal: Proposal, state: Any, metrics: dict[str, float], *, is_whole: bool) -> None:
        number = proposal.number
        del self._running[number]
        record = TrialRecord.of(proposal, state, metrics=metrics)
        self._engine.tell(record)
        self._ended[number] = record
        if is_whole:
            self._best.append(record)
            self.history.n_completed += 1
        self.history.epochs.append(self._n_epochs)
        self.history.hypervolumes.append(self._table.hypervolume(self._best))
