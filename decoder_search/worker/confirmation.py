"""What a worker computes for `confirm`: one config at its final budget, with its baseline and controls.

Loads Keras. Unlike a trial it reads the test split, which is why `confirm` fixes its configs beforehand.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from decoder_search.execution.tasks import ConfirmTask
from decoder_search.worker.accuracies import accuracies_of
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import Classification
from encodenet_core.images import obtain_whole_dataset
from encodenet_core.pipeline import run_pipeline
from encodenet_core.run_result import RunResult
from encodenet_core.runs.saving import check_finite
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import Report


def confirm_config(task: ConfirmTask, report: Report) -> dict[str, Any]:
    """Train and measure one config on all splits.

    Args:
        task: which config, and the images that it must be measured on.
        report: is told about every epoch and answers whether to go on.

    Returns:
        `metrics`, those of EncodeNet, its baseline and both controls, and the fingerprint as `dataset`.

    Raises:
        EncodeNetError: it cannot run; InfeasibleConfig where its own params are why.
    """
    started = perf_counter()
    config = task.space.final_config(task.params, task.seed)
    cache = StageCache(task.cache)
    dataset = obtain_whole_dataset(config.dataset, config.seed, cache, report)
    check_same_images(task.dataset, dataset)
    result = run_pipeline(config, dataset, cache, report)
    metrics = {**metrics_of(result), "seconds": perf_counter() - started}
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
    validation: dict[str, float | None] = {}
    test: dict[str, float | None] = {}
    for prefix, scores in measured.items():
        if scores is None:
            validation[f"{prefix}accuracy"] = test[f"{prefix}test_accuracy"] = None
            continue
        validation |= accuracies_of(scores, prefix)
        test[f"{prefix}test_accuracy"] = scores.test_accuracy
        if scores.test_balanced_accuracy is not None:
            test[f"{prefix}test_balanced_accuracy"] = scores.test_balanced_accuracy
    return {
        **validation,
        **test,
        "cross_entropy": conversion.scores.validation_cross_entropy,
        "mse": conversion.reconstruction.mse,
        "retrieval": conversion.reconstruction.retrieval,
        "decoder_parameters": conversion.autoencoder.cost.parameters,
        "parameters": conversion.scores.parameters,
        "control_training_epochs": controls["control_training"].epochs,
        "n_validation": len(result.dataset.validation.images),
        "n_test": None if result.dataset.test is None else len(result.dataset.test.images),
    }
