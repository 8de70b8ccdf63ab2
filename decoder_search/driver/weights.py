"""Which trials keep their trained models, and the removal of what the others and killed attempts left."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from decoder_search.records.layout import CHECKPOINT, WEIGHTS, weights_folder
from encodenet_core.io.whole_files import remove_unfinished

_LEFT_BY_A_KILL = (f".{WEIGHTS}-*", f"{CHECKPOINT}.*")
"""Folders that a worker fills under another name until they are whole."""


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
    folder = study / "trials" / str(number)
    for pattern in _LEFT_BY_A_KILL:
        for left in folder.glob(pattern):
            shutil.rmtree(left, ignore_errors=True)
    remove_unfinished(folder)
