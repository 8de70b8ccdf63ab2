"""A recorded table: every config of a factorial space with its whole learning curve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from decoder_search.analysis.ranking import hypervolume
from decoder_search.records.trial_record import TrialRecord, identity
from decoder_search.space.search_space import SearchSpace

REFERENCE = (1.0, 1.0)


@dataclass(frozen=True)
class Entry:
    """One config: what each epoch of its autoencoder measured, from 1, and what the completed trial did."""

    curve: tuple[Mapping[str, float], ...]
    metrics: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Table:
    """All configs of a space, by the identity of their params.

    Losses are scaled so that the best config of the table has 0 and the worst 1 in each objective; the
    reference point of hypervolumes is (1, 1).
    """

    space: SearchSpace
    facts: Mapping[str, Any]
    entries: Mapping[str, Entry]

    @property
    def epochs(self) -> int:
        """Of a whole fit of the autoencoder."""
        return len(next(iter(self.entries.values())).curve)

    def entry(self, params: Mapping[str, Any]) -> Entry:
        """What became of these params."""
        return self.entries[identity(params)]

    def scaled(self, metrics: Mapping[str, float]) -> tuple[float, float]:
        """Mean squared error and share of wrongly classified images, scaled to the table."""
        (best_mse, worst_mse), (worst, best) = self._range("mse"), self._range("accuracy")
        reconstruction = (metrics["mse"] - best_mse) / (worst_mse - best_mse)
        return reconstruction, (best - metrics["accuracy"]) / (best - worst)

    def _range(self, metric: str) -> tuple[float, float]:
        values = [entry.metrics[metric] for entry in self.entries.values()]
        return min(values), max(values)

    def hypervolume(self, records: list[TrialRecord]) -> float:
        """Of completed trials of the whole number of epochs."""
        return hypervolume([self.scaled(record.metrics) for record in records], REFERENCE)


def read_table(path: Path) -> Table:
    """The table that `record.py` wrote."""
    header, *lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    entries = {
        identity(line["params"]): Entry(tuple(line["curve"]), line["metrics"], line["seconds"])
        for line in lines
    }
    return Table(SearchSpace.from_json(header["space"]), header["facts"], entries)
