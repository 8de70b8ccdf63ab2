"""Which running trials are worth their remaining epochs: multi-objective asynchronous successive halving.

At each rung a trial is compared with all that have come there before it, by the whole vector of its
objectives: non-dominated sorting, and inside a front an epsilon-net, which prefers points far from those
already chosen (Schmucker et al., "Multi-objective Asynchronous Successive Halving", arXiv 2106.12639). The
best `1 / reduction_factor` go on, the others stop where they are: nothing waits for anything, and a trial
that went on is never called back. With one objective this is plain asynchronous successive halving.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from decoder_search.analysis.ranking import pareto_layers
from decoder_search.records.settings import Pruning, StudySettings
from decoder_search.space.metrics import METRICS

FEWEST = 3
"""A rung stops nobody before so many trials have come there."""

Losses = Sequence[float]


@dataclass(frozen=True)
class Standing:
    """Where a trial stands at a rung: its place among those that came, from 1, and how many go on."""

    place: int
    n_seen: int
    n_going_on: int

    @property
    def goes_on(self) -> bool:
        """Whether the trial is worth the way to the next rung."""
        return self.place <= self.n_going_on


class SuccessiveHalving:
    """The rungs of a study and what the trials measured there."""

    def __init__(self, pruning: Pruning) -> None:
        """Rungs that nobody has come to yet."""
        self._pruning = pruning
        self._rungs: dict[int, dict[int, Losses]] = {}

    def note(self, number: int, epoch: int, losses: Losses) -> None:
        """Take down what a trial measured at a rung.

        Args:
            number: of the trial; what the same one measured there before is forgotten.
            epoch: of the rung.
            losses: `(n_objectives,)`, all minimised.
        """
        rung = self._rungs.setdefault(epoch, {})
        rung.pop(number, None)
        rung[number] = tuple(losses)

    def judge(self, number: int, epoch: int, losses: Losses) -> Standing:
        """Note what a trial measured at a rung, and compare it with the others there."""
        self.note(number, epoch, losses)
        rung = self._rungs[epoch]
        n_seen = len(rung)
        place = place_among(list(rung.values()), n_seen - 1)
        n_going_on = n_seen if n_seen < FEWEST else max(1, n_seen // self._pruning.reduction_factor)
        return Standing(place, n_seen, n_going_on)


def rung_losses(values: Mapping[str, float | None], settings: StudySettings) -> tuple[float, ...] | None:
    """What the objectives of a study make of a report; None where it lacks one of them.

    The probe's accuracy stands for that of EncodeNet, which is known only after the second stage.
    """
    measured = {
        "accuracy": values.get("probe_accuracy"),
        "reconstruction": values.get(settings.reconstruction),
    }
    sign = {"accuracy": -1.0, "reconstruction": METRICS[settings.reconstruction].sign}
    losses = [
        None if value is None else sign[name] * value
        for name, value in measured.items()
        if settings.objective in ("both", name)
    ]
    finite = [loss for loss in losses if loss is not None and math.isfinite(loss)]
    return tuple(finite) if len(finite) == len(losses) else None


def place_among(points: Sequence[Losses], index: int) -> int:
    """The place of one of the points, from 1: front after front, each in the order of its epsilon-net."""
    layers = pareto_layers(points)
    better = sum(layer < layers[index] for layer in layers)
    scales = [(max(axis) - min(axis)) or 1.0 for axis in zip(*points, strict=True)]
    members = [member for member, layer in enumerate(layers) if layer == layers[index]]
    return better + 1 + _epsilon_net(members, points, scales).index(index)


def _epsilon_net(members: Sequence[int], points: Sequence[Losses], scales: Losses) -> list[int]:
    """The members, each the farthest from those before it; the best in the first objective leads."""
    first = min(members, key=lambda index: (*points[index], index))
    net = [first]
    nearest = {index: _distance(points[index], points[first], scales) for index in members if index != first}
    while nearest:
        farthest = max(nearest, key=lambda index: (nearest[index], -index))
        net.append(farthest)
        del nearest[farthest]
        for index, before in nearest.items():
            nearest[index] = min(before, _distance(points[index], points[farthest], scales))
    return net


def _distance(one: Losses, other: Losses, scales: Losses) -> float:
    return math.dist(
        [value / scale for value, scale in zip(one, scales, strict=True)],
        [value / scale for value, scale in zip(other, scales, strict=True)],
    )
