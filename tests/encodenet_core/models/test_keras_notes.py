"""What an archive says of its model, and that a bad one says nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from encodenet_core.models.foreign_code import MOST_BYTES_OF_A_CONFIG
from encodenet_core.models.keras_notes import keras_note


def archive(folder: Path, text: str) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", text)
    return path


def test_a_part_is_read_as_json(tmp_path: Path) -> None:
    path = archive(tmp_path, '{"class_name": "Sequential"}')
    assert keras_note(path, "config.json") == {"class_name": "Sequential"}
    assert keras_note(path, "metadata.json") is None


@pytest.mark.parametrize("text", ["{", "[" * 100_000, f'"{" " * MOST_BYTES_OF_A_CONFIG}"'])
def test_what_is_no_json_too_deep_or_too_large_says_nothing(text: str, tmp_path: Path) -> None:
    assert keras_note(archive(tmp_path, text), "config.json") is None


def test_a_damaged_or_missing_file_says_nothing(tmp_path: Path) -> None:
    path = archive(tmp_path, "{}")
    path.write_bytes(path.read_bytes()[:40])
    assert keras_note(path, "config.json") is None
    assert keras_note(tmp_path / "absent.keras", "config.json") is None
