"""Who saved a model, as far as its file says."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from encodenet_core.errors import one_line
from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.file_kinds import ModelFile
from encodenet_core.models.hdf5_files import hdf5_note

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
    try:
        with zipfile.ZipFile(path) as archive:
            metadata: Any = parse_json(archive.read("metadata.json"))
        return Origin(
            keras=_word(metadata["keras_version"]),
            saved=_word(metadata.get("date_saved", "")).replace("@", " "),
        )
    except Exception:  # a bad file may be any of zipfile's and zlib's errors, and has no say
        return Origin()


def _word(said: object) -> str:
    return one_line(str(said), _LONGEST)
