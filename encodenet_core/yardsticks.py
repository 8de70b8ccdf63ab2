"""Which controls a gain may be measured over: one that fell below its own baseline is no yardstick.

A control is what the same effort gives without EncodeNet. One whose training went wrong is a straw man, over
which anything gains. So a control is no yardstick where it diverged, or is less accurate than its baseline by
more than its own standard error; then no difference to it is shown, but what became of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import fmean

from encodenet_core.references import CONFIRMED_REFERENCES

DIVERGED = "diverged"


def standard_error(accuracy: float, n_images: int) -> float:
    """The standard error of an accuracy measured on `n_images` independent images."""
    return math.sqrt(accuracy * (1.0 - accuracy) / n_images)


def why_no_yardstick(accuracy: float | None, baseline: float, n_images: int) -> str:
    """What became of a control that no gain may be measured over; empty where it is a yardstick.

    Args:
        accuracy: of the control, a share in [0, 1]; None where its training diverged.
        baseline: the accuracy of its own baseline on the same images.
        n_images: how many these are.
    """
    if accuracy is None:
        return DIVERGED
    if accuracy < baseline - standard_error(accuracy, n_images):
        return f"fell to {100 * accuracy:.2f} %"
    return ""


def why_no_yardstick_by_seed(
    accuracies: Mapping[int, float], baselines: Mapping[int, float], n_images: int
) -> str:
    """The same of means over the seeds that have both; `n_images` are those of one seed."""
    seeds = [seed for seed in accuracies if seed in baselines]
    if not seeds:
        return ""
    mean, baseline = (fmean(values[seed] for seed in seeds) for values in (accuracies, baselines))
    return why_no_yardstick(mean, baseline, n_images * len(seeds))


def no_yardstick(name: str, why: str) -> str:
    """What stands in the place of a gain, as in `control A fell to 10.00 %: no yardstick`.

    Args:
        name: of the control, as in `CONFIRMED_REFERENCES`.
        why: what `why_no_yardstick` says.
    """
    return f"{CONFIRMED_REFERENCES[name].label} {unfit(why)}"


def unfit(why: str) -> str:
    """The same of a control that is named already."""
    return f"{why}: no yardstick"
