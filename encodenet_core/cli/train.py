"""`encodenet train`: one configuration, from images to the comparison with its controls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from encodenet_core.cli.progress import followed
from encodenet_core.cli.session import (
    AssignmentsOption,
    ConfigArgument,
    DataOption,
    JsonOption,
    OutputOption,
    check_output,
    prepare_environment,
    resolve_config,
    stopped_by_ctrl_c,
)
from encodenet_core.config import EncodeNetConfig
from encodenet_core.references import REFERENCES
from encodenet_core.stages.layout import check_cache, default_cache_folder


def train(
    config: ConfigArgument = None,
    data: DataOption = None,
    assignments: AssignmentsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train baseline, EncodeNet and both controls of one configuration."""
    resolved = resolve_config(config, data, assignments)
    folder = output or Path("results") / f"encodenet-{config.stem if config else 'digits'}"
    check_output(folder)
    check_cache(default_cache_folder())
    prepare_environment()
    typer.echo(f"results go to {folder}", err=as_json)
    with stopped_by_ctrl_c(err=as_json):
        metrics = _run(resolved, folder, err=as_json)
    if as_json:
        typer.echo(json.dumps(metrics, indent=2))
        return
    for line in summary_lines(metrics):
        typer.echo(line)


def _run(config: EncodeNetConfig, folder: Path, *, err: bool) -> dict[str, Any]:
    from encodenet_core.baseline import notes_on_baseline, obtain_baseline
    from encodenet_core.data.sources import note_on
    from encodenet_core.images import obtain_whole_dataset
    from encodenet_core.pipeline import run_pipeline
    from encodenet_core.runs.saving import save_result
    from encodenet_core.stages.cache import StageCache

    cache = StageCache(default_cache_folder())
    with followed(err=err) as (report, say):
        if note := note_on(config.dataset.source):
            say(note)
        dataset = obtain_whole_dataset(config.dataset, config.seed, cache, report)
        if dataset.balance.is_uneven:
            say(dataset.balance.in_words())
        baseline = obtain_baseline(config, dataset, cache, report)
        features = " x ".join(map(str, baseline.parts.feature_extractor.output_shape[1:]))
        say(f"the baseline is cut after {baseline.parts.cut}: features {features}")
        for note in notes_on_baseline(config, dataset, baseline):
            say(note)
        result = run_pipeline(config, dataset, cache, report)
    return save_result(result, folder)


FLOP_PER_MAC = 2
"""A multiplication and an addition."""


_ACCURACIES = (
    "validation_accuracy",
    "validation_balanced_accuracy",
    "test_accuracy",
    "test_balanced_accuracy",
    "selected_test_accuracy",
)


def _percent(share: float | None) -> str:
    return f"{'-':>9}" if share is None else f"{share:9.2%}"


def _macs_of_encodenet(stages: Mapping[str, Any]) -> int:
    spent: int = stages["autoencoder"]["macs"] + stages["classifier"]["macs"]
    return spent


def summary_lines(metrics: Mapping[str, Any]) -> list[str]:
    """The comparison that a run was made for, a line each."""
    from encodenet_core.data.class_balance import ClassBalance

    is_uneven = ClassBalance(**metrics["dataset"]["balance"]).is_uneven
    balanced = "  balanced" if is_uneven else ""
    lines = [f"{'':17} validation{balanced}      test{balanced}  selected  parameters  training, FLOP"]
    stages = metrics["stages"]
    spent = {**{name: stages[name]["macs"] for name in stages}, "encodenet": _macs_of_encodenet(stages)}
    labels = {name: reference.label for name, reference in REFERENCES.items()} | {"encodenet": "encodenet"}
    for name, label in labels.items():
        scores = metrics[name]
        if "diverged" in scores:
            lines.append(f"{label:17}   diverged")
            continue
        shown = [key for key in _ACCURACIES if is_uneven or "balanced" not in key]
        accuracies = " ".join(_percent(scores[key]) for key in shown)
        lines.append(
            f"{label:17}  {accuracies} {scores['parameters']:11,} {FLOP_PER_MAC * spent[name]:15.2e}"
        )
    lines.append("test: after the last epoch; selected: after the one with the best validation accuracy")
    lines += ["balanced: the mean over classes of the shares classified correctly"] if is_uneven else []
    lines += [REFERENCES[name].explanation("the config itself") for name in list(REFERENCES)[1:]]
    lines += metrics.get("no_yardstick", [])
    lines += [metrics[name]["diverged"] for name in REFERENCES if "diverged" in metrics[name]]
    lines += [f"beyond the paper: {option}" for option in metrics["beyond_the_paper"]]
    reconstruction = metrics["reconstruction"]
    lines.append(
        f"reconstruction: mse {reconstruction['mse']:.4f} of {reconstruction['n_targets']} targets, "
        f"explained variance {reconstruction['explained_variance']:.1%}, "
        f"retrieval {reconstruction['retrieval']:.1%}"
    )
    return lines
