"""A finished run handed over: written in a format, compared with Keras and described, or refused."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from encodenet_core.config import Resize
from encodenet_core.data.dataset import Dataset, Split, load_dataset
from encodenet_core.data.pixels import evenly_spaced, to_unit_range
from encodenet_core.errors import ConfigError
from encodenet_core.export.contract import contract_path, describe_model, package_versions
from encodenet_core.export.deployable import deployable_copy, float32_copy
from encodenet_core.export.formats import EXPORT_FORMATS, ExportFormat, check_format
from encodenet_core.export.parity import Parity, compare_with_keras
from encodenet_core.export.running import open_exported
from encodenet_core.export.writing import write_int8, write_model
from encodenet_core.io.versions import library_versions
from encodenet_core.io.whole_files import move_into_place, write_json
from encodenet_core.models.loading import load_model
from encodenet_core.runs.opening import LoadDataset, check_same_dataset, saved_config

CALIBRATION_IMAGES = 300
TOLERANCE = 1e-4
"""The largest difference of a logit between Keras and an exported float32 model."""

Quantization = Literal["int8"]


@dataclass(frozen=True)
class ExportedModel:
    """A model that was handed over.

    Attributes:
        path: of the file or folder.
        contract: the JSON file beside it.
        quantization: None for float32.
        parity: how near it is to Keras; accuracies are measured of quantised models only.
    """

    format: ExportFormat
    path: Path
    contract: Path
    quantization: Quantization | None
    parity: Parity


@dataclass(frozen=True, eq=False)
class HandOver:
    """A finished run made ready for export.

    Attributes:
        reference: the EncodeNet of the run, in float32; images in [0, 1] to logits.
        models: what is written: `encodenet`, and `baseline` where the folder holds it.
    """

    folder: Path
    dataset: Dataset
    reference: keras.Model
    models: dict[str, keras.Model]
    resize: Resize

    @property
    def test(self) -> Split:
        """The images to compare on."""
        assert self.dataset.test is not None  # noqa: S101 - load_dataset always gives one
        return self.dataset.test

    def write(self, name: str, format_: ExportFormat, quantization: Quantization | None, path: Path) -> None:
        """Write one of the models, without a look at what came out."""
        if quantization is None:
            write_model(self.models[name], format_, path)
            return
        images = self.dataset.train.images
        chosen = evenly_spaced(len(images), CALIBRATION_IMAGES)
        write_int8(self.models[name], path, to_unit_range(np.asarray(images[chosen])))


def open_handover(folder: Path, data: str | None = None, load: LoadDataset = load_dataset) -> HandOver:
    """Read the models of a finished run, and the images to compare on.

    Args:
        folder: the output folder of `encodenet train`.
        data: another dataset of the same classes; None takes that of the run.
        load: gives the dataset of a config and a seed.

    Raises:
        ConfigError: the folder holds no finished run, or the dataset does not fit it.
        DataError: the dataset cannot be read.
    """
    config = saved_config(folder)
    section = config.dataset.model_copy(update={"source": data}) if data else config.dataset
    dataset = load(section, config.seed)
    check_same_dataset(folder, dataset, other=data is not None)
    model = load_model(folder / "encodenet.keras")
    if tuple(model.inputs[0].shape[1:]) != dataset.image_shape:
        raise ConfigError(
            f"the dataset has images {dataset.image_shape}, but the model in {folder} takes "
            f"{tuple(model.inputs[0].shape[1:])}; give a dataset like the one it was trained on"
        )
    models = {"encodenet": deployable_copy(model)}
    if (folder / "baseline.keras").is_file():
        models["baseline"] = deployable_copy(load_model(folder / "baseline.keras"))
    return HandOver(folder, dataset, float32_copy(model), models, config.dataset.how_to_resize)


def export_model(
    folder: Path,
    format_: ExportFormat,
    output: Path | None = None,
    *,
    quantize: Quantization | None = None,
    data: str | None = None,
    tolerance: float = TOLERANCE,
) -> ExportedModel:
    """Hand the EncodeNet of a finished run over: `encodenet export` from Python.

    Args:
        folder: the output folder of `encodenet train`.
        format_: `keras`, `saved_model`, `onnx` or `litert`.
        output: the folder to write into; None is `export` inside `folder`.
        quantize: `int8` for litert, calibrated on training images.
        data: another dataset of the same classes to compare on; None takes that of the run.
        tolerance: the largest difference of a logit from Keras; int8 models are only measured.

    Raises:
        ConfigError: a package is missing, the model cannot be written in this format, or it differs.
    """
    check_format(format_, keras.backend.backend())
    place = output or folder / "export"
    return export_opened(open_handover(folder, data), (format_, quantize), place, tolerance)


def export_opened(
    handover: HandOver,
    kind: tuple[ExportFormat, Quantization | None],
    output: Path,
    tolerance: float = TOLERANCE,
) -> ExportedModel:
    """As `export_model`, of a run that is open already."""
    format_, quantization = kind
    if quantization and format_ != "litert":
        raise ConfigError(f"{quantization} is for the format litert, but this is {format_}; leave it out")
    path = output / file_name("encodenet", format_, quantization)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".export-") as private:
        written = Path(private) / path.name
        handover.write("encodenet", format_, quantization, written)
        run = open_exported(format_, written, threads=1)
        parity = compare_with_keras(handover.reference, run, handover.test, whole=quantization is not None)
        if quantization is None and not parity.max_difference < tolerance:  # NaN is refused too
            raise ConfigError(
                f"the {format_} model differs from Keras by up to {parity.max_difference:.2g} in a logit, "
                f"but less than {tolerance:g} is expected, so it was not written; "
                "give another format, or a larger --tolerance"
            )
        contract_path(path).unlink(missing_ok=True)  # that of an earlier one
        move_into_place(written, path)
    exported = ExportedModel(format_, path, contract_path(path), quantization, parity)
    write_json(exported.contract, _contract(handover, exported, tolerance))
    return exported


def file_name(model: str, format_: ExportFormat, quantization: Quantization | None) -> str:
    """What the file or folder of an exported model is called."""
    return f"{model}{f'-{quantization}' if quantization else ''}{EXPORT_FORMATS[format_].suffix}"


def _contract(handover: HandOver, exported: ExportedModel, tolerance: float) -> dict[str, Any]:
    dataset, model = handover.dataset, handover.models["encodenet"]
    quantized = exported.quantization is not None
    return {
        "model": exported.path.name,
        "format": exported.format,
        "computes_in": exported.quantization or "float32",
        **describe_model(
            exported.format,
            dataset.image_shape,
            dataset.class_names,
            model.inputs[0].name,
            handover.resize,
        ),
        "compared_with_keras": {**asdict(exported.parity), "limit": None if quantized else tolerance},
        "parameters": model.count_params(),
        "trained_on": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "versions": {**library_versions(keras.backend.backend()), **package_versions(exported.format)},
    }
