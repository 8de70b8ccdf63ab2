"""All setups of one seed, measured one after the other, each only where nobody has measured it before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import keras

from encodenet_core.autoencoder import AUTOENCODER
from encodenet_core.baseline import BASELINE, Baseline, obtain_baseline
from encodenet_core.comparisons.measurements import Measurement, MeasurementFile
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_conversion import DistillationConfig
from encodenet_core.config_values import change_config
from encodenet_core.controls import (
    CONTROL_FEATURES,
    CONTROL_TRAINING,
    Control,
    control_features,
    control_training,
)
from encodenet_core.costs import encodenet_macs
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.sources import source_identity
from encodenet_core.embedding import EMBEDDING
from encodenet_core.encodenet import ENCODENET
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.evaluation import classify_dataset
from encodenet_core.grouping import CLUSTERS, INERTIAS
from encodenet_core.images import DATASET, obtain_whole_dataset
from encodenet_core.io.versions import library_versions
from encodenet_core.models.macs import count_macs
from encodenet_core.pipeline import convert
from encodenet_core.run_result import Conversion
from encodenet_core.runs.saving import check_finite
from encodenet_core.stages.cache import StageCache
from encodenet_core.stages.identity import modification_time
from encodenet_core.training.watch import Report, Watch
from encodenet_core.yardsticks import DIVERGED

STAGES = (
    DATASET, BASELINE, EMBEDDING, CLUSTERS, INERTIAS, AUTOENCODER, ENCODENET, CONTROL_TRAINING,
    CONTROL_FEATURES,
)  # fmt: skip
"""Whose versions a measurement depends on."""

Values = Mapping[str, Any]
"""JSON values by name."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Where stages are kept, who is told about every epoch, and who about every setup, in a line.

    `count` is told after every setup how many are measured, of how many, and whether the last one is fresh.
    """

    cache: StageCache
    report: Report
    announce: Callable[[str], None]
    count: Callable[[int, int, bool], None] = lambda done, total, fresh: None


class SeedRun:
    """Measures the setups of one seed, each unless it was measured in the same circumstances before."""

    def __init__(
        self,
        comparison: str,
        config: EncodeNetConfig,
        file: MeasurementFile,
        keep: Callable[[Measurement, bool], None],
        surroundings: Surroundings,
    ) -> None:
        """Take the config of this seed; `keep` is told of every measurement, and whether it is fresh."""
        self.config = config
        self.surroundings = surroundings
        self._comparison = comparison
        self._file = file
        self._keep = keep
        self._hindrance = ""

    @cached_property
    def dataset(self) -> Dataset:
        """With its test split, which no choice is made by."""
        cache, report = self.surroundings.cache, self.surroundings.report
        return obtain_whole_dataset(self.config.dataset, self.config.seed, cache, report)

    @cached_property
    def baseline(self) -> Baseline:
        """Shared by all setups of the seed."""
        return obtain_baseline(self.config, self.dataset, self.surroundings.cache, self.surroundings.report)

    def measure_baseline(self) -> Measurement:
        """The baseline itself. Where it cannot be trained, nothing else of this seed can be measured."""

        def compute() -> Values:
            return {"dataset": facts_of(self.dataset), **self._values_of_network(self.baseline)}

        measurement = self.measure("baseline", self.config, compute, {"kind": "baseline"})
        self._hindrance = measurement.reason
        return measurement

    def measure_network(
        self, setup: str, config: EncodeNetConfig, obtain: Callable[[], Baseline]
    ) -> Measurement:
        """Another network, trained like a baseline or given; `config` has it in the baseline's place."""
        return self.measure(setup, config, lambda: self._values_of_network(obtain()), {"kind": "baseline"})

    def _values_of_network(self, network: Baseline) -> Values:
        scores = classify_dataset(network.model, self.dataset, network.selected_weights)
        return {
            "scores": asdict(scores),
            "forward_macs": count_macs(network.model),
            "seconds": network.seconds,
            "macs": network.macs,
        }

    def measure_conversion(
        self,
        setup: str,
        changes: Mapping[str, Any],
        observe: Callable[[EncodeNetConfig, Conversion], Values] = lambda config, conversion: {},
    ) -> Measurement:
        """EncodeNet with some values of the config changed; `observe` adds values of its own."""
        config = change_config(self.config, changes)

        def compute() -> Values:
            surroundings = self.surroundings
            watch = Watch(surroundings.report)
            conversion = convert(config, self.dataset, self.baseline, surroundings.cache, watch)
            return {**_values_of(conversion), **observe(config, conversion)}

        return self.measure(setup, config, compute, {"kind": "conversion"})

    def measure_controls(self, variants: Sequence[Mapping[str, Any]]) -> None:
        """Control A, for the spend of the dearest of some variants of the config, and control B."""
        configs = [change_config(self.config, changes) for changes in variants]
        cache, report = self.surroundings.cache, self.surroundings.report

        def train_on() -> Values:
            n_train = len(self.dataset.train.images)
            spend = max(encodenet_macs(config, self.baseline, n_train) for config in configs)
            control = control_training(self.config, self.dataset, self.baseline, spend, cache, report)
            return {**values_of_control(control), "spend": spend}

        def classify_features() -> Values:
            return values_of_control(
                control_features(self.config, self.dataset, self.baseline, cache, report)
            )

        spenders = [_without_teacher(config).stable_hash() for config in configs]
        self.measure(
            "control_training", self.config, train_on, {"kind": "control_training", "spenders": spenders}
        )
        self.measure("control_features", self.config, classify_features, {"kind": "control_features"})

    def measure(
        self, setup: str, config: EncodeNetConfig, compute: Callable[[], Values], reads: Values
    ) -> Measurement:
        """The values that `compute` gives for a config, or the reason why it cannot run on this dataset.

        Args:
            setup: what the measurement is called here.
            config: that `compute` works by.
            compute: is called where nothing was measured in these circumstances.
            reads: what the values depend on beside the config and its files; `kind` says what is computed.
        """
        circumstances = self._circumstances(config, reads)
        measurement = self._file.find(circumstances)
        fresh = measurement is None
        if measurement is None:
            self._say(setup, self._file.differences(config.seed, setup, circumstances))
            measurement = self._compute(setup, circumstances, compute)
            self._file.append(measurement)
        self.surroundings.announce(f"seed {config.seed}, {setup}: {_outcome(measurement)}")
        measurement = replace(measurement, setup=setup)
        self._keep(measurement, fresh)
        return measurement

    def _compute(self, setup: str, circumstances: Values, compute: Callable[[], Values]) -> Measurement:
        seed = self.config.seed
        try:
            if self._hindrance:
                raise InfeasibleConfig(self._hindrance)
            values = compute()
            check_finite(values)
        except InfeasibleConfig as error:
            return Measurement(seed, setup, circumstances, {}, str(error))
        return Measurement(seed, setup, circumstances, values)

    def _circumstances(self, config: EncodeNetConfig, reads: Values) -> Values:
        """All that a measurement depends on. Setups of equal configs are one, whatever their names."""
        return {
            "comparison": self._comparison,
            **reads,
            "config": _without_teacher(config).identity(),
            "source": self._source,
            "modified": [
                modification_time(path) for path in (config.baseline.model, config.embedding.weights)
            ],
            "versions": library_versions(keras.backend.backend()),
            "stages": {stage.name: stage.version for stage in STAGES},
        }

    @cached_property
    def _source(self) -> Values:
        return source_identity(self.config.dataset)

    def _say(self, setup: str, differences: Sequence[str]) -> None:
        changed = f", measured before with another {', '.join(differences)}" if differences else ""
        self.surroundings.announce(f"seed {self.config.seed}, {setup}{changed}")


def facts_of(dataset: Dataset) -> Values:
    """What the first setup of every comparison tells of its images."""
    facts = {"name": dataset.name, "fingerprint": dataset.fingerprint, "classes": dataset.num_classes}
    images = {
        f"n_{name}": len(split.images)
        for name in ("train", "validation", "test")
        if (split := getattr(dataset, name)) is not None
    }
    return {**facts, **images}


def values_of_control(control: Control) -> Values:
    """What was measured of a control, by the names that earlier versions use too.

    Raises:
        InfeasibleConfig: it diverged.
    """
    if control.scores is None:
        raise InfeasibleConfig(f"{DIVERGED}: {control.diverged}")
    return {name: value for name, value in asdict(control).items() if value or name == "macs"}


def _without_teacher(config: EncodeNetConfig) -> EncodeNetConfig:
    """Who teaches is the affair of those who learn from a teacher; what students measure reads it anyway."""
    if config.autoencoder.classification_target == "teacher":
        return config
    return config.model_copy(update={"distillation": DistillationConfig()})


def _values_of(conversion: Conversion) -> Values:
    autoencoder, encodenet = conversion.autoencoder, conversion.encodenet
    return {
        "scores": asdict(conversion.scores),
        "reconstruction": {**asdict(conversion.reconstruction), "train_mse": autoencoder.losses[-1]},
        "clusters": dict(conversion.grouped.facts),
        "decoder": asdict(autoencoder.cost),
        "seconds": autoencoder.seconds + encodenet.seconds,
        "macs": autoencoder.macs + encodenet.macs,
    }


def _outcome(measurement: Measurement) -> str:
    if measurement.reason:
        return f"cannot run: {measurement.reason}"
    scores = measurement.values.get("scores")
    if scores is None:
        return ", ".join(f"{name} {value}" for name, value in measurement.values.items())
    return f"validation {scores['validation_accuracy']:.2%}, test {scores['test_accuracy']:.2%}"
