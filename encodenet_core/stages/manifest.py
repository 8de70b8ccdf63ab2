"""The manifest of a finished stage: what it was made from, and a checksum of every file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from encodenet_core.config import stable_hash
from encodenet_core.io.plain_json import read_json
from encodenet_core.io.whole_files import sync_file, sync_folder, write_json
from encodenet_core.stages.layout import MANIFEST


def write_manifest(folder: Path, facts: Mapping[str, Any], besides: str) -> None:
    """Describe all files of a folder, and make them and the description stand a power cut.

    Args:
        folder: what a stage has written.
        facts: JSON values: the stage's name, its inputs and its environment.
        besides: name of a subfolder that is no part of the stage.
    """
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] == besides or name == Path(MANIFEST):
            continue
        if path.is_dir():
            sync_folder(path)
            continue
        sync_file(path)
        files[name.as_posix()] = {"size": path.stat().st_size, "sha256": _checksum(path)}
    described = {
        **facts,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": sum(file["size"] for file in files.values()),
        "files": files,
    }
    write_json(folder / MANIFEST, {**described, "checksum": stable_hash(described)})


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a stage; None where it has none.

    Raises:
        ValueError: the manifest is not what was written.
    """
    try:
        manifest = read_json(folder / MANIFEST)
    except FileNotFoundError:
        return None
    if not isinstance(manifest, dict) or manifest.pop("checksum", None) != stable_hash(manifest):
        raise ValueError(f"{folder / MANIFEST} is not what was written")
    return manifest


def find_damage(folder: Path) -> str | None:
    """The first file of a finished stage that is not what was written, and why; None if all is well."""
    name = MANIFEST
    try:
        manifest = read_manifest(folder)
        if manifest is None:
            return f"{name} is missing"
        for name, expected in manifest["files"].items():
            path = folder / name
            if not path.is_file():
                return f"{name} is missing"
            if (size := path.stat().st_size) != expected["size"]:
                return f"{name} has {size:,} bytes and should have {expected['size']:,}"
            if _checksum(path) != expected["sha256"]:
                return f"{name} has another checksum than when it was written"
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"
    except ValueError:
        return f"{name} has another checksum than when it was written"
    return None


def files_state(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What changes when a file of a stage is replaced, rewritten, cut off or removed; cheap to ask for."""
    found = ((path, path.lstat()) for path in sorted(folder.rglob("*")))
    return tuple((str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
