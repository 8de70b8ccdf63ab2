"""What a worker computes for `confirm`: one config at its final budget, with all it is compared with.

Loads Keras. Unlike a trial it reads the test split, which is why `confirm` fixes its configs beforehand.
"""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter
from typing import Any

from decoder_search.execution.tasks import ConfirmTask
from decoder_search.worker.accuracies import accuracies_of
from encodenet_core.baseline import Baseline
from encodenet_core.competitors.student import obtain_student
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config
from encodenet_core.controls import without_conversion
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError, Diverged
from encodenet_core.evaluation import Classification
from encodenet_core.images import obtain_whole_dataset
from encodenet_core.pipeline import convert, run_pipeline
from encodenet_core.references import UNCONVERTED
from encodenet_core.run_result import RunResult
from encodenet_core.runs.saving import check_finite
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import Report, Watch, renamed_report


def confirm_config(task: ConfirmTask, report: Report) -> dict[str, Any]:
    """Train and measure one config on all splits.

    Args:
        task: which config, and the images that it must be measured on.
        report: is told about every epoch and answers whether to go on.

    Returns:
        `metrics`, those of EncodeNet and of what it is compared with, and the fingerprint as `dataset`.

    Raises:
        EncodeNetError: it cannot run; InfeasibleConfig where its own params are why.
    """
    started = perf_counter()
    config = task.space.final_config(task.params, task.seed)
    cache = StageCache(task.cache)
    dataset = obtain_whole_dataset(config.dataset, config.seed, cache, report)
    check_same_images(task.dataset, dataset)
    result = run_pipeline(config, dataset, cache, report)
    baseline = result.baseline
    metrics = metrics_of(result) | measure_unconverted(config, dataset, baseline, cache, report)
    for rival in task.rivals:
        metrics |= measure_rival(rival, config, dataset, baseline, cache, report)
    metrics["seconds"] = perf_counter() - started
    check_finite(metrics)
    return {"metrics": metrics, "dataset": dataset.fingerprint}


def check_same_images(expected: str, dataset: Dataset) -> None:
    """Configs measured on different images cannot be compared.

    Raises:
        ConfigError: the fingerprint is another than expected.
    """
    if expected and dataset.fingerprint != expected:
        raise ConfigError(
            f"other configs were confirmed on another dataset ({expected}) than now "
            f"({dataset.fingerprint}); bring that dataset back, or remove the study's confirmed.jsonl"
        )


def metrics_of(result: RunResult) -> dict[str, float | None]:
    """What is recorded of a run: accuracies after the last epoch, shares of images.

    A control that diverged has none.
    """
    conversion, controls = result.conversion, result.controls
    measured: dict[str, Classification | None] = {
        "": conversion.scores,
        "baseline_": result.baseline_scores,
        **{f"{name}_": control.scores for name, control in controls.items()},
    }
    accuracies: dict[str, float | None] = {}
    for prefix, scores in measured.items():
        accuracies |= _accuracies(scores, prefix)
    return {
        **accuracies,
        "cross_entropy": conversion.scores.validation_cross_entropy,
        "mse": conversion.reconstruction.mse,
        "retrieval": conversion.reconstruction.retrieval,
        "decoder_parameters": conversion.autoencoder.cost.parameters,
        "parameters": conversion.scores.parameters,
        "control_training_epochs": controls["control_training"].epochs,
        "n_validation": len(result.dataset.validation.images),
        "n_test": None if result.dataset.test is None else len(result.dataset.test.images),
    }


def measure_unconverted(
    config: EncodeNetConfig, dataset: Dataset, baseline: Baseline, cache: StageCache, report: Report
) -> dict[str, float | None]:
    """Accuracies of the config's training without conversion; empty where nothing would be left to learn.

    What its recipe, a teacher or mixed images gain, that training gains, too. None where it diverged.

    Raises:
        Stopped: a report was answered so.
    """
    if not config.autoencoder.converts_and_classifies:
        return {}
    config = change_config(config, without_conversion(config, baseline, len(dataset.train.images)))
    scores: Classification | None = None
    with suppress(Diverged):
        scores = convert(config, dataset, baseline, cache, Watch(renamed_report(report, UNCONVERTED))).scores
    epochs = config.autoencoder.training.epochs
    return {**_accuracies(scores, f"{UNCONVERTED}_"), f"{UNCONVERTED}_epochs": epochs}


def measure_rival(
    rival: str,
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    cache: StageCache,
    report: Report,
) -> dict[str, float | None]:
    """Accuracies of a student of the config's teacher, which is trained once a seed; None where it diverged.

    Raises:
        ConfigError: the teacher cannot be used, or the method cannot compare it with its student.
        Stopped: a report was answered so.
    """
    config = change_config(config, {"distillation.method": rival})
    student = obtain_student(config, dataset, baseline, cache, report)
    return {**_accuracies(student.scores, f"{rival}_"), f"{rival}_epochs": student.epochs}


def _accuracies(scores: Classification | None, prefix: str) -> dict[str, float | None]:
    """On validation and test images; None for those of a training that diverged."""
    if scores is None:
        return {f"{prefix}accuracy": None, f"{prefix}test_accuracy": None}
    found: dict[str, float | None] = {**accuracies_of(scores, prefix)}
    found[f"{prefix}test_accuracy"] = scores.test_accuracy
    if scores.test_balanced_accuracy is not None:
        found[f"{prefix}test_balanced_accuracy"] = scores.test_balanced_accuracy
    return found
