"""What a running study may take on disk, and the room that is made for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, time

from decoder_search.driver.disk_use import DiskUse, is_dispensable, is_of_the_study, measure_use
from decoder_search.driver.weights import BestWeights, clear_attempt
from decoder_search.records.layout import trial_numbers
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.errors import ConfigError
from encodenet_core.io.quantities import format_size
from encodenet_core.stages.upkeep import CacheEntry, prune_cache, read_cache

KEPT_WEIGHTS = 10
"""As many as the leaderboard shows at the end of `run`."""

NEAR = 0.9
"""The share of the limit from which on room is made; the rest is for what running trials write."""

LOOK_SECONDS = 1.0
"""How often the disk is looked at, where that is quickly done."""
SHARE_OF_TIME = 0.05
"""Looking at the disk takes no more of the driver's time."""


@dataclass(frozen=True)
class Storage:
    """What a study may keep.

    Attributes:
        keep_weights: so many of the best trials keep their trained models, and the Pareto front; 0: no trial.
        max_disk: bytes of the study and the stages made for it; None is no limit.
    """

    keep_weights: int = KEPT_WEIGHTS
    max_disk: int | None = None


class Housekeeping:
    """Tidies up after trials, and says when the disk is full.

    Args:
        study: as the driver found it.
        cache: folder of the stage cache.
        storage: what the study may keep from now on.
        say: is told one line where something goes for want of room.

    Attributes:
        cache: folder of the stage cache.
        weights: of the best trials.
    """

    def __init__(self, study: StudyRecord, cache: Path, storage: Storage, say: Callable[[str], None]) -> None:
        """Look at what there is, and remove nothing."""
        self._folder, self.cache = study.folder, cache
        self.weights = BestWeights(study, storage.keep_weights)
        self._created = datetime.fromisoformat(study.settings.created)
        self._say, self._max_disk = say, storage.max_disk
        self._next_look = 0.0
        self._read_since = time()
        self._most_checkpoints = 0
        self._too_much: DiskUse | None = None

    @property
    def is_full(self) -> bool:
        """Whether the last look found too little room for another trial."""
        return self._too_much is not None

    @property
    def why_full(self) -> str:
        """What takes the room, and what to do."""
        use, limit = self._too_much or DiskUse(), format_size(self._max_disk or 0)
        reserved = self._most_checkpoints - use.checkpoints
        beside = f" beside the {format_size(reserved)} that checkpoints take" if reserved > 0 else ""
        return (
            f"the study takes {format_size(use.total)} of the {limit} of --max-disk, which leaves less than "
            f"a tenth for another trial{beside}: {use.in_words()}; give a larger --max-disk to go on"
        )

    def clear_attempts(self) -> None:
        """Remove what workers of an earlier driver left half written."""
        for number in list(trial_numbers(self._folder)):
            clear_attempt(self._folder, number)

    def ended(self, trial: TrialRecord, finished: Iterable[TrialRecord]) -> None:
        """Tidy up after a trial, which is among those that have finished."""
        clear_attempt(self._folder, trial.number)
        if trial.state == "completed":
            self._read_since = time() - trial.seconds
        self.weights.ended(trial, finished)

    def look(self, *, at_once: bool = False) -> None:
        """Now and then, or at once, see what room the study takes; make some where there is too little."""
        started = monotonic()
        if self._max_disk is None or (started < self._next_look and not at_once):
            return
        use = self._measure()
        self._most_checkpoints = max(self._most_checkpoints, use.checkpoints)
        if self._excess(use) > 0 and use.weights:
            use = self._keep_the_front_alone(use)
        if self._excess(use) > 0 and use.stages:
            use = self._prune(use, self._excess(use))
        self._too_much = use if self._excess(use) > 0 else None
        took = monotonic() - started
        self._next_look = monotonic() + max(LOOK_SECONDS, took / SHARE_OF_TIME)

    def _excess(self, use: DiskUse) -> float:
        """Bytes above what leaves room, were there as many checkpoints as there have been at a time."""
        reserved = max(0, self._most_checkpoints - use.checkpoints)
        return use.total + reserved - NEAR * (self._max_disk or 0)

    def _keep_the_front_alone(self, use: DiskUse) -> DiskUse:
        self.weights.keep_the_front_alone()
        left = self._measure()
        self._tell(use.weights - left.weights, "of weights of trials that are not on the Pareto front")
        return left

    def _prune(self, use: DiskUse, excess: float) -> DiskUse:
        """What the last trial has read, the next one would only compute again."""

        def may_go(entry: CacheEntry) -> bool:
            return is_of_the_study(entry, self._created) and is_dispensable(entry, self._read_since)

        there = sum(entry.size for entry in read_cache(self.cache) if may_go(entry))
        with suppress(ConfigError):  # a cache that nothing can be removed from
            prune_cache(self.cache, max(0, int(there - excess)), among=may_go)
        left = self._measure()
        self._tell(use.stages - left.stages, "of stages that no trial has read lately")
        return left

    def _tell(self, freed: int, what: str) -> None:
        if freed > 0:
            limit = format_size(self._max_disk or 0)
            self._say(f"removed {format_size(freed)} {what}: the {limit} of --max-disk are nearly taken")

    def _measure(self) -> DiskUse:
        return measure_use(self._folder, self.cache, self._created)
