"""A finished run as a folder: config, metrics, models and a picture; and the way back from the folder."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import dump_config, flatten
from encodenet_core.controls import Control
from encodenet_core.data.dataset import Dataset
from encodenet_core.data.pixels import evenly_spaced
from encodenet_core.errors import InfeasibleConfig
from encodenet_core.io.versions import library_versions
from encodenet_core.io.whole_files import move_into_place, write_json, write_text, write_whole
from encodenet_core.models.inference import predict
from encodenet_core.models.weights import save_weights
from encodenet_core.run_result import Conversion, RunResult, fallen_in_words
from encodenet_core.runs.picture import draw_rows
from encodenet_core.runs.representatives import Representatives, save_representatives

_SHOWN_IMAGES = 12


def metrics_of(result: RunResult) -> dict[str, Any]:
    """The content of `metrics.json`: accuracies are those of the last epoch, shares in [0, 1].

    A control that diverged has no scores there, but says why; `no_yardstick` names the controls that no gain
    may be measured over.
    """
    conversion, controls = result.conversion, result.controls
    return {
        "baseline": result.baseline_scores.to_json(),
        **{
            name: control.scores.to_json() if control.scores else {"diverged": control.diverged}
            for name, control in controls.items()
        },
        **_measured(conversion),
        "cut": result.baseline.parts.cut,
        "pixels": result.baseline.pixels.options,
        "beyond_the_paper": options_beyond_the_paper(result.config),
        "stages": {
            "baseline": _spent(result.baseline),
            "embedding": _spent(conversion.grouped.embedding),
            "clustering": {"seconds": conversion.grouped.clustering_seconds, "macs": None},
            "autoencoder": _spent(conversion.autoencoder),
            "classifier": _spent(conversion.encodenet),
            **{name: {**_spent(control), **_of_training(control)} for name, control in controls.items()},
        },
        "no_yardstick": fallen_in_words(result),
        **_origin(result.config, result.dataset),
    }


def _measured(conversion: Conversion) -> dict[str, Any]:
    return {
        "encodenet": conversion.scores.to_json(),
        "reconstruction": asdict(conversion.reconstruction),
        "clusters": dict(conversion.grouped.facts),
        "decoder": asdict(conversion.autoencoder.cost),
    }


def _origin(config: EncodeNetConfig, dataset: Dataset) -> dict[str, Any]:
    return {
        "seed": config.seed,
        "dataset": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "class_names": list(dataset.class_names),
            "balance": asdict(dataset.balance),
            "n_train": len(dataset.train.images),
            "n_validation": len(dataset.validation.images),
            "n_test": len(dataset.test.images) if dataset.test else 0,
        },
        "versions": library_versions(keras.backend.backend()),
    }


def options_beyond_the_paper(config: EncodeNetConfig) -> list[str]:
    """The options of a config, with their values, that the paper does not have."""
    defaults, values = flatten(EncodeNetConfig().model_dump()), flatten(config.model_dump(mode="json"))
    paths = (
        "autoencoder.classification_weight", "baseline.training.class_weight", "classifier.part",
        "classifier.unfreeze_after",
    )  # fmt: skip
    return [f"{path}={values[path]}" for path in paths if values[path] != defaults[path]]


def _of_training(control: Control) -> dict[str, Any]:
    """How a control was trained; an earlier version did not say by which optimizer and rate."""
    said = {"learning_rate": control.learning_rate, "optimizer": control.optimizer}
    return {"epochs": control.epochs, **{name: value for name, value in said.items() if value}}


def _spent(stage: Any) -> dict[str, float]:
    return {"seconds": stage.seconds, "macs": stage.macs}


def save_result(result: RunResult, folder: Path) -> dict[str, Any]:
    """Write a run into its folder, `metrics.json` last, and return the metrics.

    Raises:
        InfeasibleConfig: a metric is not finite, so that training diverged; then nothing is written.
    """
    conversion, metrics = result.conversion, metrics_of(result)
    check_finite(metrics)
    (folder / "metrics.json").unlink(missing_ok=True)  # those of an earlier run
    write_text(folder / "config.yaml", dump_config(result.config))
    selected = conversion.encodenet.selected_weights
    (folder / "selected.npz").unlink(missing_ok=True)
    if selected:
        write_whole(folder / "selected.npz", lambda temporary: save_weights(selected, temporary))
    write_whole(folder / "baseline.keras", result.baseline.model.save)
    _save_models(conversion, folder)
    save_picture(conversion, result.dataset, folder / "reconstructions.png")
    write_json(folder / "metrics.json", metrics)
    return metrics


def _save_models(conversion: Conversion, folder: Path) -> None:
    """What classifies new images and explains how."""
    write_whole(folder / "encodenet.keras", conversion.encodenet.model.save)
    write_whole(folder / "encoder.keras", conversion.autoencoder.encoder.save)
    write_whole(folder / "decoder.keras", conversion.autoencoder.decoder.save)
    targets = conversion.targets
    save_representatives(Representatives(targets.representatives, targets.classes), folder)


def check_finite(metrics: Mapping[str, Any]) -> None:
    """Raise an InfeasibleConfig that names the first metric which is not finite."""
    for path, value in flatten(metrics).items():
        if isinstance(value, float) and not isfinite(value):
            raise InfeasibleConfig(f"{path} is {value}: training diverged; lower the learning rates")


def save_picture(conversion: Conversion, dataset: Dataset, path: Path) -> None:
    """Draw some validation images, what the autoencoder makes of them, and what it should."""
    everything = dataset.validation.images
    chosen = evenly_spaced(len(everything), _SHOWN_IMAGES)
    images, shown = np.asarray(everything[chosen]), conversion.targets.validation
    rows: dict[str, NDArray[Any]] = {
        "input": images,
        "reconstruction": predict(conversion.autoencoder.model, images),
        "target": shown.images[shown.ids[chosen]],
    }
    write_whole(path, lambda temporary: draw_rows(rows, temporary))


def save_conversion(conversion: Conversion, dataset: Dataset, folder: Path) -> None:
    """Write what a conversion leaves beside its numbers: learning curves and a picture."""
    curves = {"autoencoder": conversion.autoencoder.losses, "classifier": conversion.encodenet.losses}
    write_json(folder / "curves.json", curves)
    save_picture(conversion, dataset, folder / "reconstructions.png")


def save_models(conversion: Conversion, config: EncodeNetConfig, dataset: Dataset, folder: Path) -> None:
    """Write the models of a conversion as the folder of a run, whole or not at all.

    It lacks what a conversion does not have: a baseline and controls of its own, and numbers on test images.

    Args:
        conversion: what was trained.
        config: names the images that it was trained on, and the seed of their split.
        dataset: those images.
        folder: is put in the place of an earlier one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as private:
        place = Path(private) / folder.name
        _save_models(conversion, place)
        write_text(place / "config.yaml", dump_config(config))
        beyond = {"beyond_the_paper": options_beyond_the_paper(config)}
        write_json(place / "metrics.json", {**_measured(conversion), **beyond, **_origin(config, dataset)})
        move_into_place(place, folder)
