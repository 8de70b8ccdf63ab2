"""A finished run, opened again: its config, whether data are those it was trained on, its scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from encodenet_core.config import DatasetConfig, EncodeNetConfig
from encodenet_core.config_values import load_config
from encodenet_core.data.dataset import Dataset, load_dataset
from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import classify_dataset
from encodenet_core.models.loading import load_model
from encodenet_core.models.weights import Weights, read_weights
from encodenet_core.runs.folder import class_names_of, read_metrics

LoadDataset = Callable[[DatasetConfig, int], Dataset]


def evaluate_folder(
    folder: Path, source: str | None = None, load: LoadDataset = load_dataset
) -> dict[str, Any]:
    """Score the saved EncodeNet again, on the dataset of its config or on another one of the same classes.

    Args:
        folder: the output folder of `encodenet train`.
        source: of the other dataset.
        load: gives the dataset of a config and a seed.

    Raises:
        ConfigError: the folder holds no finished run, or the dataset does not fit the model.
    """
    config = saved_config(folder)
    section = config.dataset.model_copy(update={"source": source}) if source else config.dataset
    dataset = load(section, config.seed)
    check_same_dataset(folder, dataset, other=source is not None)
    model = load_model(folder / "encodenet.keras")
    received = (*dataset.image_shape, dataset.num_classes)
    expected = (*model.inputs[0].shape[1:], model.outputs[0].shape[-1])
    if received != expected:
        raise ConfigError(
            f"the dataset has images {received[:3]} of {received[3]} classes, but the model in {folder} "
            f"takes {expected[:3]} and knows {expected[3]}; give a dataset like the one it was trained on"
        )
    return classify_dataset(model, dataset, _selected_weights(folder)).to_json()


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
