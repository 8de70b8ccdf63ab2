"""Which trials keep their trained models, and the removal of what the others and killed attempts left."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from decoder_search.analysis.ranking import rank_by
from decoder_search.records.layout import CHECKPOINT, WEIGHTS, trial_folder, weights_folder, with_weights
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core.io.whole_files import remove_unfinished

_LEFT_BY_A_KILL = (f".{WEIGHTS}-*", f"{CHECKPOINT}.*")
"""Folders that a worker fills under another name until they are whole."""


class BestWeights:
    """The trained models of the best trials so far, on disk.

    Args:
        study: as the driver found it.
        n_best: so many of the best trials keep theirs, and the Pareto front; 0: no trial.
    """

    def __init__(self, study: StudyRecord, n_best: int) -> None:
        """Look at what there is, and remove nothing."""
        self._folder, self._settings, self._n_best = study.folder, study.settings, n_best
        self._with_weights = set(with_weights(study.folder))
        self._places: list[tuple[int, int]] = []
        self._rank(study.finished)

    @property
    def are_kept(self) -> bool:
        """Whether trials leave their trained models at all."""
        return self._n_best > 0

    def ended(self, trial: TrialRecord, finished: Iterable[TrialRecord]) -> None:
        """Keep those of a trial, which is among those that have finished, as far as it is worth it."""
        self._with_weights.add(trial.number)
        if trial.state == "completed":
            self._rank(finished)  # which takes the longer, the more trials there are
        self.drop_others()

    def drop_others(self) -> None:
        """Remove the trained models of all but the best."""
        best = keepers(self._places, self._n_best)
        for number in self._with_weights - best:
            drop_weights(self._folder, number)
        self._with_weights &= best

    def keep_the_front_alone(self) -> None:
        """Keep no more than those of the Pareto front from now on."""
        self._n_best = min(self._n_best, 1)  # the best is on the front
        self.drop_others()

    def _rank(self, finished: Iterable[TrialRecord]) -> None:
        ranked = rank_by(self._settings, finished)
        self._places = [(each.trial.number, each.layer) for each in ranked]


def keepers(places: Iterable[tuple[int, int]], n_best: int) -> frozenset[int]:
    """The numbers of the trials that keep their weights: the best and the Pareto front.

    Args:
        places: number and Pareto layer (from 1) of every completed trial, best first.
        n_best: so many of the best keep them, and those of the front beyond; with 0 none does.
    """
    if n_best == 0:
        return frozenset()
    return frozenset(
        number for rank, (number, layer) in enumerate(places, start=1) if rank <= n_best or layer == 1
    )


def drop_weights(study: Path, number: int) -> None:
    """Remove the trained models of a trial, in one step for whoever looks at them."""
    folder = weights_folder(study, number)
    removed = folder.with_name(f".{WEIGHTS}-removed")  # a name that a kill may leave
    shutil.rmtree(removed, ignore_errors=True)
    try:
        folder.rename(removed)
    except FileNotFoundError:
        return
    shutil.rmtree(removed, ignore_errors=True)


def clear_attempt(study: Path, number: int) -> None:
    """Remove what a killed attempt at a trial left half written; only while no worker has the trial."""
    folder = trial_folder(study, number)
    for pattern in _LEFT_BY_A_KILL:
        for left in folder.glob(pattern):
            shutil.rmtree(left, ignore_errors=True)
    remove_unfinished(folder)
