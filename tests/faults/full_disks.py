"""Commands that find no room, and what they leave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run_command(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`decoder-search` or `encodenet` in a process of its own."""
    program, *rest = map(str, arguments)
    command = [sys.executable, "-m", f"{program}.cli", *rest]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def is_one_line(errors: str) -> bool:
    return errors.startswith("error: ") and errors.count("\n") == 1


def fill(folder: Path) -> Path:
    """Take all the room that is left there."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def whole_files(folder: Path) -> list[str]:
    """The names of everything below a folder, but for folders and the lock of a study."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "lock")
