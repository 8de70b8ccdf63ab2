from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import keras
import pytest
from color_models import color_classifier

from encodenet_core.models.file_kinds import ModelFile
from encodenet_core.models.origin import Origin, origin_of
from encodenet_core.models.pixel_forms import UNCHANGED


def test_a_keras_archive_says_version_and_date(tmp_path: Path) -> None:
    color_classifier(UNCHANGED).save(tmp_path / "model.keras")
    origin = origin_of(tmp_path / "model.keras", "keras")
    assert (origin.keras, origin.backend) == (keras.__version__, "")
    assert origin.saved.startswith("20") and "@" not in origin.saved


def test_an_hdf5_file_says_version_and_backend(tmp_path: Path) -> None:
    keras.saving.save_model(color_classifier(UNCHANGED), tmp_path / "model.h5", zipped=None)
    assert origin_of(tmp_path / "model.h5", "hdf5") == Origin(keras.__version__, keras.backend.backend())


@pytest.mark.parametrize("kind", ["keras", "hdf5"])
def test_a_file_that_does_not_say_has_no_origin(kind: ModelFile, tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("text", b"hello")):
        (tmp_path / name).write_bytes(content)
        assert origin_of(tmp_path / name, kind) == Origin()


@pytest.mark.parametrize("metadata", ["[]", "3", "no JSON", "{}"])
def test_odd_metadata_are_no_origin(metadata: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "odd.keras", "w") as archive:
        archive.writestr("metadata.json", metadata)
    assert origin_of(tmp_path / "odd.keras", "keras") == Origin()


def test_what_a_file_says_is_one_short_safe_line(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file.attrs["keras_version"] = "2\n\x1b[31m" + 100 * "x"
    told = origin_of(tmp_path / "odd.h5", "hdf5").keras
    assert told.isprintable() and len(told) <= 40
