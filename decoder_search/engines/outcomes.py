"""What a sampler is told of a trial that ended: its objectives, and what it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from decoder_search.records.settings import Objective, Reconstruction, StudySettings
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.constraints import Constraint
from decoder_search.space.metrics import METRICS, OBJECTIVES

Direction = Literal["minimize", "maximize"]

DIRECTIONS: Mapping[str, Direction] = {
    name: "minimize" if METRICS[name].better == "less" else "maximize" for name in OBJECTIVES
}

CAN_RUN = "can run"
"""What an infeasible trial violates where it is no limit of the space that it breaks."""

RAN_TO_THE_END = "ran to the end"
"""What a pruned trial of two objectives violates, the less the further it came."""


@dataclass(frozen=True)
class Outcomes:
    """What a study optimises and the limits that its trials must keep to; `accuracy` is a metric's name."""

    objective: Objective
    reconstruction: Reconstruction
    constraints: tuple[Constraint, ...] = ()
    accuracy: str = "accuracy"

    @classmethod
    def of(cls, settings: StudySettings) -> Outcomes:
        """Those of a study."""
        return cls(
            settings.objective, settings.reconstruction, settings.space.constraints, settings.accuracy_metric
        )

    def metrics(self) -> list[str]:
        """The names of the objectives."""
        names: dict[Objective, list[str]] = {
            "both": [self.reconstruction, self.accuracy],
            "accuracy": [self.accuracy],
            "reconstruction": [self.reconstruction],
        }
        return names[self.objective]

    def directions(self) -> list[Direction]:
        """One for every objective."""
        return [DIRECTIONS[name] for name in self.metrics()]

    def values(self, record: TrialRecord) -> list[float] | None:
        """The objectives of a completed trial; None of any other."""
        if record.state != "completed":
            return None
        return [record.metrics[name] for name in self.metrics()]

    def last_report(self, record: TrialRecord) -> tuple[int, float] | None:
        """The epochs that a pruned trial ran for and how good it was by then, where one value says that.

        TPE prefers the pruned trials that came furthest, and among these the better ones. Of two objectives
        Optuna takes no reports; `violations` says there how far a trial came.
        """
        name = "probe_accuracy" if self.objective == "accuracy" else self.reconstruction
        if record.state != "pruned" or self.objective == "both" or name not in record.metrics:
            return None
        return int(record.metrics.get("epochs", 0)), record.metrics[name]

    def violations(self, record: TrialRecord) -> dict[str, float]:
        """By how much a trial breaks each limit, as a share of the limit; more than 0 is infeasible.

        A metric that was not measured breaks nothing. For a completed trial it is then 0, because GP wants
        the same limits of all of them. A failed trial proves nothing.
        """
        if record.state == "failed":
            return {}
        shares = {each.describe(): _share(each, record) for each in self.constraints}
        violations = {name: share for name, share in shares.items() if share is not None}
        if record.state == "completed":
            return {name: 0.0 if share is None else share for name, share in shares.items()}
        if record.state == "infeasible" and not any(share > 0 for share in violations.values()):
            violations[CAN_RUN] = 1.0
        if record.state == "pruned" and self.objective == "both":
            # Where few trials complete, TPE would else take the pruned ones it met first for good ones.
            violations[RAN_TO_THE_END] = 1 / (2 + record.metrics.get("epochs", 0))
        return violations


def _share(constraint: Constraint, record: TrialRecord) -> float | None:
    """The violation relative to the limit, so that parameters and milliseconds can be added up."""
    if constraint.metric not in record.metrics:
        return None
    limits = [abs(limit) for limit in (constraint.minimum, constraint.maximum) if limit is not None]
    return constraint.violation(record.metrics[constraint.metric]) / (max(limits) or 1.0)
