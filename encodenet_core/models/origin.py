"""Who saved a model, as far as its file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from encodenet_core.errors import one_line
from encodenet_core.models.file_kinds import ModelFile
from encodenet_core.models.hdf5_files import hdf5_note
from encodenet_core.models.keras_notes import keras_note

_LONGEST = 40


@dataclass(frozen=True)
class Origin:
    """What a file says of itself; empty where it does not.

    `saved` is a date and a time. Nothing of it is proved.
    """

    keras: str = ""
    backend: str = ""
    saved: str = ""


def origin_of(path: Path, kind: ModelFile) -> Origin:
    """The origin of a file of that kind, be it damaged or not."""
    if kind == "hdf5":
        return Origin(*(_word(hdf5_note(path, name)) for name in ("keras_version", "backend")))
    metadata = keras_note(path, "metadata.json")
    if not isinstance(metadata, Mapping):
        return Origin()
    return Origin(
        keras=_word(metadata.get("keras_version", "")),
        saved=_word(metadata.get("date_saved", "")).replace("@", " "),
    )


def _word(said: object) -> str:
    return one_line(str(said), _LONGEST)
