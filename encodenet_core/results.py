"""A finished run as a folder: config, metrics, models and a picture; and the way back from the folder."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.batches import predict
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import dump_config, flatten, load_config
from encodenet_core.data import Dataset, load_dataset
from encodenet_core.errors import ConfigError, InfeasibleConfig
from encodenet_core.evaluation import classify_dataset
from encodenet_core.files import move_into_place, write_json, write_text, write_whole
from encodenet_core.picture import draw_rows, evenly_spaced
from encodenet_core.pipeline import Conversion, RunResult
from encodenet_core.run_folder import class_names_of, read_metrics
from encodenet_core.saved_models import load_model
from encodenet_core.saved_representatives import Representatives, save_representatives
from encodenet_core.weights import Weights, read_weights, save_weights

_SHOWN_IMAGES = 12


def metrics_of(result: RunResult) -> dict[str, Any]:
    """The content of `metrics.json`: accuracies are those of the last epoch, shares in [0, 1]."""
    conversion, controls = result.conversion, result.controls
    return {
        "baseline": asdict(result.baseline_scores),
        **{name: asdict(control.scores) for name, control in controls.items()},
        **_measured(conversion),
        "cut": result.baseline.parts.cut,
        "beyond_the_paper": options_beyond_the_paper(result.config),
        "stages": {
            "baseline": _spent(result.baseline),
            "embedding": _spent(conversion.grouped.embedding),
            "clustering": {"seconds": conversion.grouped.clustering_seconds, "macs": None},
            "autoencoder": _spent(conversion.autoencoder),
            "classifier": _spent(conversion.encodenet),
            **{name: {**_spent(control), "epochs": control.epochs} for name, control in controls.items()},
        },
        **_origin(result.config, result.dataset),
    }


def _measured(conversion: Conversion) -> dict[str, Any]:
    return {
        "encodenet": asdict(conversion.scores),
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
            "n_train": len(dataset.train.images),
            "n_validation": len(dataset.validation.images),
            "n_test": len(dataset.test.images) if dataset.test else 0,
        },
        "versions": library_versions(),
    }


def options_beyond_the_paper(config: EncodeNetConfig) -> list[str]:
    """The options of a config, with their values, that the paper does not have."""
    defaults, values = flatten(EncodeNetConfig().model_dump()), flatten(config.model_dump(mode="json"))
    paths = ("autoencoder.classification_weight", "classifier.part", "classifier.unfreeze_after")
    return [f"{path}={values[path]}" for path in paths if values[path] != defaults[path]]


def _spent(stage: Any) -> dict[str, float]:
    return {"seconds": stage.seconds, "macs": stage.macs}


def library_versions() -> dict[str, str]:
    """What a result depends on beside its config and seed. A package that runs uninstalled has no version."""
    backend = keras.backend.backend()
    versions = {"python": platform.python_version(), "backend": backend}
    for name in ("decoder-search", "keras", backend, "scikit-learn", "numpy"):
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


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


def save_trial(conversion: Conversion, dataset: Dataset, folder: Path) -> None:
    """Write what a trial leaves beside its numbers: learning curves and a picture."""
    curves = {"autoencoder": conversion.autoencoder.losses, "classifier": conversion.encodenet.losses}
    write_json(folder / "curves.json", curves)
    save_picture(conversion, dataset, folder / "reconstructions.png")


def save_trial_models(
    conversion: Conversion, config: EncodeNetConfig, dataset: Dataset, folder: Path
) -> None:
    """Write the trained models of a trial as the folder of a run, whole or not at all.

    It lacks what a trial does not have: a baseline and controls of its own, and numbers on test images.

    Args:
        conversion: what the trial trained.
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


def evaluate_folder(folder: Path, source: str | None = None) -> dict[str, Any]:
    """Score the saved EncodeNet again, on the dataset of its config or on another one of the same classes.

    Raises:
        ConfigError: the folder holds no finished run, or the dataset does not fit the model.
    """
    config = saved_config(folder)
    section = config.dataset.model_copy(update={"source": source}) if source else config.dataset
    dataset = load_dataset(section, config.seed)
    check_same_dataset(folder, dataset, other=source is not None)
    model = load_model(folder / "encodenet.keras")
    received = (*dataset.image_shape, dataset.num_classes)
    expected = (*model.inputs[0].shape[1:], model.outputs[0].shape[-1])
    if received != expected:
        raise ConfigError(
            f"the dataset has images {received[:3]} of {received[3]} classes, but the model in {folder} "
            f"takes {expected[:3]} and knows {expected[3]}; give a dataset like the one it was trained on"
        )
    return asdict(classify_dataset(model, dataset, _selected_weights(folder)))


def _selected_weights(folder: Path) -> Weights | None:
    path = folder / "selected.npz"
    return read_weights(path) if path.exists() else None


def check_same_dataset(folder: Path, dataset: Dataset, *, other: bool = False) -> None:
    """Labels mean what they meant in training, and the data of the config are those of the training.

    Raises:
        ConfigError: they do not; `other` allows other images of the same classes.
    """
    class_names, trained_on = class_names_of(folder), read_metrics(folder)["dataset"]
    if class_names != dataset.class_names:
        raise ConfigError(
            f"the dataset has the classes {', '.join(dataset.class_names)}, but the model in {folder} knows "
            f"{', '.join(class_names)}, in that order; give a dataset of these"
        )
    if not other and trained_on.get("fingerprint") != dataset.fingerprint:
        raise ConfigError(
            f"the images of {dataset.name} are not those that the model in {folder} was trained on; "
            "bring those back, or name the others with --data"
        )


def saved_config(folder: Path) -> EncodeNetConfig:
    """The config of a finished run.

    Raises:
        ConfigError: the folder holds no finished run.
    """
    missing = [
        name for name in ("config.yaml", "encodenet.keras", "metrics.json") if not (folder / name).is_file()
    ]
    if missing:
        raise ConfigError(f"{folder} holds no {missing[0]}; give the output folder of `encodenet train`")
    return load_config(folder / "config.yaml")
