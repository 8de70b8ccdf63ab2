"""A finished run handed over: written in a format, compared with Keras and described, or refused."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from encodenet_core.batches import evaluation_batches, predict, to_unit_range
from encodenet_core.contract import contract_path, describe_model, package_versions
from encodenet_core.data import Dataset, Split, load_dataset
from encodenet_core.deployable import deployable_copy, float32_copy
from encodenet_core.errors import ConfigError
from encodenet_core.evaluation import score_logits
from encodenet_core.export import write_int8, write_model
from encodenet_core.export_formats import FORMATS, ExportFormat, check_format
from encodenet_core.exported_models import Run, open_exported
from encodenet_core.files import write_json
from encodenet_core.picture import evenly_spaced
from encodenet_core.results import check_same_dataset, library_versions, saved_config
from encodenet_core.saved_models import load_model

PARITY_IMAGES = 100
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
        n_images: how many test images it was compared with Keras on.
        max_difference: the largest difference of a logit among these.
        agreement: share of these that get the same class.
        test_accuracy: on the whole test set; measured of quantised models only.
        keras_test_accuracy: of the Keras model on the same images.
    """

    format: ExportFormat
    path: Path
    contract: Path
    quantization: Quantization | None
    n_images: int
    max_difference: float
    agreement: float
    test_accuracy: float | None = None
    keras_test_accuracy: float | None = None


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


def open_handover(folder: Path, data: str | None = None) -> HandOver:
    """Read the models of a finished run, and the images to compare on.

    Args:
        folder: the output folder of `encodenet train`.
        data: another dataset of the same classes; None takes that of the run.

    Raises:
        ConfigError: the folder holds no finished run, or the dataset does not fit it.
        DataError: the dataset cannot be read.
    """
    config = saved_config(folder)
    section = config.dataset.model_copy(update={"source": data}) if data else config.dataset
    dataset = load_dataset(section, config.seed)
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
    return HandOver(folder, dataset, float32_copy(model), models)


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
        exported = _compare(handover, run, (format_, quantization, path), tolerance)
        _move(written, path)
    write_json(exported.contract, _contract(handover, exported, tolerance))
    return exported


def file_name(model: str, format_: ExportFormat, quantization: Quantization | None) -> str:
    """What the file or folder of an exported model is called."""
    return f"{model}{f'-{quantization}' if quantization else ''}{FORMATS[format_].suffix}"


def _compare(
    handover: HandOver,
    run: Run,
    kind: tuple[ExportFormat, Quantization | None, Path],
    tolerance: float,
) -> ExportedModel:
    format_, quantization, path = kind
    test = handover.test
    images = np.asarray(test.images[evenly_spaced(len(test.images), PARITY_IMAGES)])
    expected, received = predict(handover.reference, images), run_over(run, images)
    difference = float(np.abs(expected - received).max())
    if quantization is None and not difference < tolerance:  # NaN is refused too
        raise ConfigError(
            f"the {format_} model differs from Keras by up to {difference:.2g} in a logit, but less than "
            f"{tolerance:g} is expected; it was not written: give another format, or more --tolerance"
        )
    accuracies = () if quantization is None else _accuracies(handover, run)
    agreement = float(np.mean(expected.argmax(axis=1) == received.argmax(axis=1)))
    measured = (len(images), difference, agreement, *accuracies)
    return ExportedModel(format_, path, contract_path(path), quantization, *measured)


def _accuracies(handover: HandOver, run: Run) -> tuple[float, float]:
    test = handover.test
    exported, _ = score_logits(run_over(run, test.images), test.labels)
    original, _ = score_logits(predict(handover.reference, test.images), test.labels)
    return exported, original


def run_over(run: Run, images: NDArray[np.generic]) -> NDArray[np.float32]:
    """The logits of images in 0..255, computed batch by batch."""
    return np.concatenate([run(to_unit_range(images[batch])) for batch in evaluation_batches(images)])


def _move(written: Path, path: Path) -> None:
    """Put a file or folder in the place of an earlier one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    written.replace(path)


def _contract(handover: HandOver, exported: ExportedModel, tolerance: float) -> dict[str, Any]:
    dataset, model = handover.dataset, handover.models["encodenet"]
    quantized = exported.quantization is not None
    return {
        "model": exported.path.name,
        "format": exported.format,
        "computes_in": exported.quantization or "float32",
        **describe_model(exported.format, dataset.image_shape, dataset.class_names, model.inputs[0].name),
        "compared_with_keras": {
            "test_images": exported.n_images,
            "max_difference": exported.max_difference,
            "limit": None if quantized else tolerance,
            "same_class": exported.agreement,
            "test_accuracy": exported.test_accuracy,
            "keras_test_accuracy": exported.keras_test_accuracy,
        },
        "parameters": model.count_params(),
        "trained_on": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "versions": {**library_versions(), **package_versions(exported.format)},
    }
