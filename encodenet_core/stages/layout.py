"""How the folder of a cache is laid out, and what to say where it cannot be written to.

KEY/            a finished stage with its manifest; its modification time says when it was last used
.KEY.partial/   a stage in the making, or one whose making was interrupted
.KEY.removed/   what is being deleted
.KEY-received/  a stage that comes from another machine; after a kill, nothing
KEY.lock        there while a process makes or removes the stage, and after it was killed at that
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from encodenet_core.errors import ConfigError, is_full, remedy_for
from encodenet_core.io.shell_paths import as_in_a_shell

MANIFEST = "manifest.json"

_KEY = r"[a-z][a-z_]*-[0-9a-f]{16}"


def partial_folder(root: Path, key: str) -> Path:
    """Where a stage is built before it is moved into place."""
    return root / f".{key}.partial"


def removed_folder(root: Path, key: str) -> Path:
    """Where a stage goes in one step before its files are deleted one by one."""
    return root / f".{key}.removed"


def received_folder(root: Path, key: str) -> Path:
    """Where a stage of another machine is written before it is moved into place."""
    return root / f".{key}-received"


def lock_file(root: Path, key: str) -> Path:
    """The file that is locked by whoever makes or removes a stage."""
    return root / f"{key}.lock"


def key_in(name: str, before: str = "", after: str = "") -> str | None:
    """The key that is in a file name between a prefix and a suffix; None where the name is another's.

    A cache may share its folder with other things by mistake, and those are never touched.
    """
    match = re.fullmatch(f"{re.escape(before)}({_KEY}){re.escape(after)}", name)
    return match[1] if match else None


def check_cache(root: Path) -> None:
    """Refuse a cache that cannot be written to before anything is computed for it.

    Raises:
        ConfigError: it is no folder, or it is read-only or full.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root, buffering=0) as tried:
            tried.write(bytes(4096))
    except OSError as error:
        raise _cannot_write(root, error) from None


@contextmanager
def writing_to(root: Path) -> Iterator[None]:
    """Errors of the disk that a user can act on, and that concern this cache, become one line.

    Raises:
        ConfigError: the cache is no folder, or it is read-only or full.
    """
    try:
        yield
    except OSError as error:
        if not _concerns(error, root):
            raise
        raise _cannot_write(root, error) from error


def _cannot_write(root: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot write to the stage cache {root}: {error.strerror or error}; make room there, or set "
        "ENCODENET_CACHE to a folder that can be written to"
    )


def _concerns(error: OSError, root: Path) -> bool:
    if not isinstance(error.filename, str | os.PathLike):
        return is_full(error)  # what is written while a stage is made goes into the cache
    path = Path(error.filename)
    return remedy_for(error) is not None and (path.is_relative_to(root) or root.is_relative_to(path))


def default_cache_folder() -> Path:
    """Where finished stages are kept: `ENCODENET_CACHE`, or `~/.cache/encodenet`."""
    return Path(as_in_a_shell(os.environ.get("ENCODENET_CACHE") or "~/.cache/encodenet")).resolve()
