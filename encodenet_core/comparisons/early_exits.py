"""The prior work beside LeNet, paired by seed: BranchyNet, the same cut at its early exit, CBNet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from math import inf

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.comparisons.comparison import Comparison
from encodenet_core.comparisons.paired import Measured
from encodenet_core.comparisons.report import Description
from encodenet_core.comparisons.seed_run import SeedRun, Values, facts_of
from encodenet_core.comparisons.spread import spread
from encodenet_core.comparisons.tables import (
    MISSING,
    Column,
    Labels,
    Table,
    name_seeds,
    percent,
    points,
    seed_reasons,
)
from encodenet_core.competitors.converters import build_converter, check_convertible
from encodenet_core.competitors.early_exits import (
    check_threshold,
    choose_threshold,
    expected_cost,
    leave_early,
)
from encodenet_core.competitors.exit_networks import BranchyNet, build_branchynet, build_lenet
from encodenet_core.competitors.prior_work import (
    PRIOR_WORK,
    PriorWork,
    Spent,
    easy_targets,
    put_in_front,
)
from encodenet_core.config import EncodeNetConfig
from encodenet_core.data.dataset import Split
from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import Logits
from encodenet_core.models.inference import predict
from encodenet_core.models.latency import median_milliseconds
from encodenet_core.models.macs import count_macs

LABELS: Labels = {
    "lenet": "LeNet",
    "branchynet": "BranchyNet",
    "truncated": "truncated BranchyNet",
    "cbnet": "CBNet",
}
REFERENCES: Labels = {"lenet": "LeNet", "branchynet": "Branchy", "truncated": "truncated"}
"""What every setup is compared with, and the word for it in a header."""

NOTES = (
    "Reconstructed: the full text of the prior work (arXiv 2403.07036) was not obtained. Layers are those of "
    "its authors' earlier code and of BranchyNet's; the threshold and what images are converted to are ours.",
    "Exit rate: test images that leave by the early exit; MMAC (10^6 multiply-accumulates of an image) and "
    "ms (a batch of one; for networks so small mostly the call itself) are weighted by it.",
    "Easy: test images that the early exit is sure of, CBNet's after conversion. Hard test: accuracy on "
    "those that BranchyNet does not let leave.",
)

Classify = Callable[[NDArray[np.uint8]], Logits]


def compare_exits(config: EncodeNetConfig, threshold: float | None = None) -> Comparison:
    """The comparison on one config.

    Args:
        config: LeNet and BranchyNet are trained by the baseline's recipe, the converter by the autoencoder's.
        threshold: of the entropy at the early exit, in nats; None chooses it on validation images.

    Raises:
        ConfigError: the config names a given model, or the threshold is no positive number.
    """
    if threshold is not None and not 0 < threshold < inf:
        raise ConfigError(
            f"--threshold is {threshold:g} nats, but expected is above 0 and at most the logarithm of the "
            "number of classes; without the option it is chosen on validation images"
        )
    if config.baseline.model is not None:
        raise ConfigError(
            f"baseline.model is {config.baseline.model!r}, but expected is none: LeNet and BranchyNet are "
            "trained here; leave it out"
        )
    command = "encodenet compare-exits" + ("" if threshold is None else f" --threshold {threshold:g}")
    title = "The prior work, reconstructed: early exits and a converter in front of one"
    return Comparison(
        Description("exits", command, title, LABELS, [*REFERENCES], "LeNet, BranchyNet, converter"),
        partial(_measure, threshold=threshold),
        _tabulate,
    )


def _measure(run: SeedRun, threshold: float | None) -> None:
    setups = _Setups(run, threshold)
    for setup in LABELS:
        reads = {"kind": setup, "threshold": threshold, PRIOR_WORK.name: PRIOR_WORK.version}
        run.measure(setup, run.config, getattr(setups, setup), reads)


class _Setups:
    """What is measured of one seed, by setup; what they share is computed when the first of them needs it."""

    def __init__(self, run: SeedRun, threshold: float | None) -> None:
        self._run, self._given = run, threshold

    def lenet(self) -> Values:
        model, spent = self._work.lenet()
        dataset = {"dataset": facts_of(self._work.dataset)}
        cost = {"forward_macs": count_macs(model), "latency_ms": self._milliseconds["lenet"], **spent}
        return {**dataset, **self._scores(partial(predict, model), model), **cost}

    def branchynet(self) -> Values:
        network, spent = self._branchynet

        def classify(images: NDArray[np.uint8]) -> Logits:
            early, last = predict(network.truncated, images), predict(network.whole, images)
            return np.where(leave_early(early, self._threshold)[:, None], early, last)

        rate, times = float(self._is_easy.mean()), self._milliseconds
        macs = count_macs(network.truncated), count_macs(network.rest)
        return {
            **self._scores(classify, network.joint),
            **self._hardness(classify, rate),
            "threshold": self._threshold,
            "exit_rate": rate,
            "forward_macs": expected_cost(*macs, rate),
            "latency_ms": expected_cost(times["first"], times["rest"], rate),
            **spent,
        }

    def truncated(self) -> Values:
        network, spent = self._branchynet
        return self._without_exits("truncated", network.truncated, spent)

    def cbnet(self) -> Values:
        truncated, train = self._branchynet[0].truncated, self._work.dataset.train
        targets = easy_targets(train, predict(truncated, train.images), self._threshold)
        converter, spent = self._work.converter(targets)
        return self._without_exits("cbnet", put_in_front(converter, truncated), spent)

    def _without_exits(self, setup: str, model: keras.Model, spent: Spent) -> Values:
        classify = partial(predict, model)
        easy = float(leave_early(classify(self._splits["test"].images), self._threshold).mean())
        cost = {"forward_macs": count_macs(model), "latency_ms": self._milliseconds[setup], **spent}
        return {**self._scores(classify, model), **self._hardness(classify, easy), "exit_rate": 1.0, **cost}

    @cached_property
    def _work(self) -> PriorWork:
        dataset, surroundings = self._run.dataset, self._run.surroundings
        check_convertible(dataset.image_shape)
        if self._given is not None:
            check_threshold(self._given, dataset.num_classes)
        return PriorWork(self._run.config, dataset, surroundings.cache, surroundings.report)

    @cached_property
    def _splits(self) -> Mapping[str, Split]:
        splits = {"validation": self._work.dataset.validation, "test": self._work.dataset.test}
        return {name: split for name, split in splits.items() if split is not None}

    @cached_property
    def _branchynet(self) -> tuple[BranchyNet, Spent]:
        return self._work.branchynet()

    @cached_property
    def _threshold(self) -> float:
        if self._given is not None:
            return self._given
        network, validation = self._branchynet[0], self._splits["validation"]
        early, last = (predict(each, validation.images) for each in (network.truncated, network.whole))
        return choose_threshold(early, last, validation.labels)

    @cached_property
    def _is_easy(self) -> NDArray[np.bool_]:
        """Whether each test image leaves by the early exit."""
        return leave_early(
            predict(self._branchynet[0].truncated, self._splits["test"].images), self._threshold
        )

    def _scores(self, classify: Classify, model: keras.Model) -> Values:
        accuracies = {f"{name}_accuracy": _accuracy(classify, split) for name, split in self._splits.items()}
        return {"scores": {**accuracies, "parameters": model.count_params()}}

    def _hardness(self, classify: Classify, easy_rate: float) -> Values:
        hard = self._splits["test"].part(np.flatnonzero(~self._is_easy))
        return {
            "easy_rate": easy_rate,
            "hard_accuracy": _accuracy(classify, hard) if len(hard.labels) else None,
        }

    @cached_property
    def _milliseconds(self) -> Mapping[str, float]:
        """Of one image, by part, taken in turns; whether a network is trained makes no difference."""
        lenet, network = self._work.build(build_lenet), self._work.build(build_branchynet)
        cbnet = put_in_front(build_converter(self._work.dataset.image_shape).model, network.truncated)
        image = np.zeros((1, *self._work.dataset.image_shape), np.float32)
        between, _ = network.first.predict_on_batch(image)
        return median_milliseconds(
            {
                "lenet": lambda: lenet.predict_on_batch(image),
                "first": lambda: leave_early(network.first.predict_on_batch(image)[1], 1.0),
                "rest": lambda: network.rest.predict_on_batch(between),
                "truncated": lambda: network.truncated.predict_on_batch(image),
                "cbnet": lambda: cbnet.predict_on_batch(image),
            }
        )


def _accuracy(classify: Classify, split: Split) -> float:
    return float(np.mean(classify(split.images).argmax(axis=1) == split.labels))


def _tabulate(config: EncodeNetConfig, measured: Measured) -> list[Table]:
    columns = (
        Column("network"),
        Column("test\n%"),
        Column("exit\nrate %"),
        Column("easy\n%", wide=True),
        Column("hard\ntest %", wide=True),
        Column("MMAC"),
        Column("parameters", wide=True),
        Column("ms"),
        *(Column(f"Δ\n{word}") for word in REFERENCES.values()),
    )
    rows = [_row(setup, label, measured) for setup, label in LABELS.items() if _test(setup, measured)]
    seeds = name_seeds(measured.seeds)
    deviation = (
        f"± sample standard deviation over {seeds}" if len(measured.seeds) > 1 else f"{seeds}: no spread"
    )
    thresholds = [f"{threshold:.3g}" for threshold in measured.numbers("branchynet", "threshold").values()]
    notes = (
        f"{deviation}, other columns are means; Δ: gain in points of test accuracy, paired by seed.",
        f"Thresholds by seed, in nats: {', '.join(thresholds) or MISSING}.",
        *NOTES,
        *seed_reasons(measured, LABELS),
    )
    return [Table("Early exits", columns, tuple(rows), notes)]


def _row(setup: str, label: str, measured: Measured) -> tuple[str, ...]:
    def mean(path: str, form: str, unit: float = 1.0) -> str:
        numbers = spread(measured.numbers(setup, path))
        return format(numbers.mean / unit, form) if numbers else ""

    test = _test(setup, measured)
    return (
        label,
        percent(test),
        mean("exit_rate", ".1f", 0.01),
        mean("easy_rate", ".1f", 0.01),
        mean("hard_accuracy", ".1f", 0.01),
        mean("forward_macs", ".3f", 1e6),
        mean("scores.parameters", ",.0f"),
        mean("latency_ms", ".2f"),
        *("" if other == setup else points(test, _test(other, measured)) for other in REFERENCES),
    )


def _test(setup: str, measured: Measured) -> dict[int, float]:
    return measured.numbers(setup, "scores.test_accuracy")
