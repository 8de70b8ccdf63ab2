"""One running trial as its driver sees it, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from decoder_search.driver.pruning import Standing
from decoder_search.execution.messages import Event
from decoder_search.records.trial_record import Proposal, TrialRecord


@dataclass(frozen=True)
class RunningTrial:
    """A trial that a worker has.

    Attributes:
        proposal: what is tried.
        attempt: 1 the first time.
        rungs: the epochs of the autoencoder after which it is compared with others.
        started: on the monotonic clock.
        measured: what its last rung measured, and the `epochs` of the autoencoder until then.
        stopped_by: what it was told to stop for; a trial that no comparison stopped goes on another time.
    """

    proposal: Proposal
    attempt: int
    rungs: tuple[int, ...] = ()
    started: float = field(default_factory=time.monotonic)
    measured: Mapping[str, float] = field(default_factory=dict)
    stopped_by: Standing | None = None

    @property
    def seconds(self) -> float:
        """Since the start of this attempt."""
        return time.monotonic() - self.started

    def at_rung(self, epoch: int, values: Mapping[str, float]) -> RunningTrial:
        """This trial after it has measured something."""
        return replace(self, measured={**values, "epochs": epoch})

    def record(self) -> TrialRecord:
        """The trial as it is recorded if nothing came of it."""
        return TrialRecord.of(self.proposal, "failed", seconds=self.seconds, attempts=self.attempt)

    def outcome(self, event: Event) -> TrialRecord:
        """The trial as its last event leaves it."""
        record, payload = self.record(), event.payload
        if event.kind == "result":
            return replace(record, state="completed", metrics=payload)
        if self.stopped_by is not None:
            return replace(record, state="pruned", metrics=self.measured, reason=self._why_stopped())
        if event.kind == "infeasible":
            return self.infeasible(payload["reason"], payload.get("metrics", {}))
        return replace(record, metrics=self.measured, reason=payload["reason"])

    def infeasible(self, reason: str, metrics: Mapping[str, Any] | None = None) -> TrialRecord:
        """The trial as one that cannot run."""
        return replace(self.record(), state="infeasible", metrics=metrics or self.measured, reason=reason)

    def _why_stopped(self) -> str:
        standing = self.stopped_by
        if standing is None:
            return ""
        return (
            f"stopped after epoch {self.measured['epochs']:.0f} of its autoencoder: "
            f"place {standing.place} of {standing.n_seen} at that rung, where {standing.n_going_on} went on"
        )
