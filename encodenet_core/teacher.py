"""The network that another one learns from: the baseline itself, a trained architecture or a given model."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from encodenet_core.baseline import Baseline, obtain_baseline
from encodenet_core.config import BaselineConfig, EncodeNetConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError, did_you_mean
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.loading import load_structure
from encodenet_core.models.macs import count_macs
from encodenet_core.models.summary import outline_architecture
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import Report, renamed_report


def teacher_config(config: EncodeNetConfig) -> EncodeNetConfig:
    """The config whose baseline is the teacher.

    Raises:
        ConfigError: the teacher is the baseline's own file, or nothing of that name is known.
    """
    teacher, own = config.distillation.teacher, config.baseline.model
    if teacher == "baseline":
        return config
    if own is not None and Path(teacher).resolve() == Path(own).resolve():
        raise ConfigError(
            f"distillation.teacher is {teacher!r}, which is the student itself; for one that learns from the "
            "trained baseline write baseline"
        )
    if teacher in ARCHITECTURES:
        training = config.baseline.training if own is None else BaselineConfig().training
        section = BaselineConfig.model_validate({"architecture": teacher, "training": training})
    elif Path(teacher).exists():
        section = BaselineConfig(model=teacher, pixel_range="auto")
    else:
        known = ["baseline", *ARCHITECTURES]
        raise ConfigError(
            f"distillation.teacher is {teacher!r}, but expected is the path of a trained classifier or one "
            f"of {', '.join(known)}; {did_you_mean(teacher, known)}".rstrip("; ")
        )
    return config.model_copy(update={"baseline": section})


def obtain_teacher(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> Baseline:
    """The teacher of a config, trained like a baseline or given, from the cache where it is there already.

    Raises:
        ConfigError: a given teacher cannot be read, or classifies other images.
    """
    if config.distillation.teacher == "baseline":
        return baseline
    try:
        return obtain_baseline(teacher_config(config), dataset, cache, renamed_report(report, "teacher"))
    except ConfigError as error:
        raise ConfigError(str(error).replace("baseline.model", "distillation.teacher")) from None


def teacher_of_conversion(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> Baseline | None:
    """Whose predictions the autoencoder stage learns from; None where it does not."""
    if config.autoencoder.classification_target == "labels":
        return None
    return obtain_teacher(config, dataset, baseline, cache, report)


def teacher_macs(config: EncodeNetConfig, baseline: Baseline) -> int:
    """Multiply-accumulates of one prediction of the teacher, which need not be trained for that."""
    teacher = config.distillation.teacher
    if teacher == "baseline":
        return count_macs(baseline.model)
    images, logits = baseline.model.input_shape, baseline.model.output_shape
    return _forward_macs(teacher_config(config).baseline, images[1:], logits[-1])


# Counted for every combination of a search space, while loading a file takes seconds.
@lru_cache(maxsize=16)
def _forward_macs(section: BaselineConfig, image_shape: tuple[int, int, int], num_classes: int) -> int:
    if section.model is not None:
        return count_macs(load_structure(Path(section.model)))
    return count_macs(outline_architecture(section.architecture, image_shape, num_classes))
