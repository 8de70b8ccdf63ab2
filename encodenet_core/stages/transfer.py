"""A finished stage on its way to the cache of another machine: its files, checked where they arrive.

Loads no Keras.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from encodenet_core.config import stable_hash
from encodenet_core.errors import DataError
from encodenet_core.io.whole_files import move_into_place, path_below
from encodenet_core.stages.layout import MANIFEST, check_cache, key_in, received_folder, writing_to
from encodenet_core.stages.locks import hold_stage, remove_stage
from encodenet_core.stages.manifest import find_damage, read_manifest


def stage_files(root: Path, key: str) -> dict[str, Path]:
    """The files of a finished stage by their names in it, its manifest among them.

    Raises:
        DataError: there is no such stage, or it is damaged.
    """
    folder = root / _checked(key)
    damage = find_damage(folder)
    manifest = None if damage else read_manifest(folder)
    if manifest is None:
        raise DataError(f"stage {key} in {root} cannot be handed on: {damage}; it has to be computed again")
    return {name: folder / name for name in (*manifest["files"], MANIFEST)}


def install_stage(root: Path, key: str, files: Mapping[str, Any]) -> bool:
    """Put a stage that another machine has finished into a cache, unless a sound one is there.

    Args:
        root: folder of the cache.
        key: of the stage.
        files: what each file holds, as anything that offers its bytes, by the names of `stage_files`.

    Returns:
        Whether it was installed.

    Raises:
        ConfigError: the cache cannot be written to.
        DataError: the files are not those of this stage.
    """
    folder = root / _checked(key)
    if find_damage(folder) is None:
        return False
    check_cache(root)
    with writing_to(root), hold_stage(root, key):
        if find_damage(folder) is None:
            return False
        received = received_folder(root, key)
        shutil.rmtree(received, ignore_errors=True)
        try:
            _write(received, files)
            _check(received, key)
            remove_stage(root, key)
            move_into_place(received, folder)
        finally:
            shutil.rmtree(received, ignore_errors=True)
    return True


def _checked(key: str) -> str:
    if key_in(key) is None:
        raise DataError(f"{key!r} is no key of a stage")
    return key


def _write(folder: Path, files: Mapping[str, Any]) -> None:
    folder.mkdir()
    for name, content in files.items():
        try:
            path = path_below(folder, name)
        except ValueError:
            problem = f"a stage was sent with a file named {name!r}, which leads out of its folder"
            raise DataError(problem) from None
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(memoryview(content))


def _check(folder: Path, key: str) -> None:
    """The files are those that the manifest lists, and the manifest is that of the key."""
    damage = find_damage(folder)
    manifest = None if damage else read_manifest(folder)
    if manifest is None:
        raise DataError(f"stage {key} was damaged on its way: {damage}; send it again")
    read = {name: manifest.get(name) for name in ("inputs", "environment")}
    found_key = f"{manifest.get('stage')}-{stable_hash(read)}"
    if found_key != key:
        raise DataError(f"what was sent as stage {key} is stage {found_key}; send the one that was asked for")
    listed = {*manifest["files"], MANIFEST}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if found != listed:
        raise DataError(
            f"stage {key} was sent with other files than its manifest lists: {sorted(found - listed)}"
        )
