"""What a `.keras` archive says of its model, read within limits before anything of it is loaded."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Literal

from encodenet_core.io.plain_json import parse_json
from encodenet_core.models.foreign_code import DEEPEST_CONFIG, MOST_BYTES_OF_A_CONFIG


def keras_note(path: Path, name: Literal["config.json", "metadata.json"]) -> Any:
    """The JSON value of one part of the archive; None where it is missing, too large or cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(name).file_size > MOST_BYTES_OF_A_CONFIG:
                return None
            return parse_json(archive.read(name), DEEPEST_CONFIG)
    except Exception:  # a bad file may be any of zipfile's and zlib's errors, and has no say
        return None
