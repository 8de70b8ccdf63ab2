"""What is renamed into place was forced to the disk before, and the folder that it is in after.

No power is cut: the order of the calls of a real process is looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TINY = """
dataset: {source: digits, limit: 120}
baseline: {training: {epochs: 1}}
autoencoder: {training: {epochs: 1}}
classifier: {training: {epochs: 1}}
"""

PATH = re.compile(r"<([^>]+)>")
NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"')


def traced(folder: Path, *arguments: object) -> list[tuple[str, list[str]]]:
    """The calls that sync or rename, in their order, with the paths that they are about."""
    trace = folder / "trace"
    calls = "trace=fsync,fdatasync,rename,renameat,renameat2"
    command = ["strace", "-f", "-y", "-s", "500", "-e", calls, "-o", str(trace), sys.executable, "-m"]
    done = subprocess.run(
        [*command, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-1000:]
    found = []
    for line in trace.read_text().splitlines():
        if " = 0" in line and (call := re.search(r"\b(fsync|fdatasync|rename\w*)\(", line)):
            name = call[1]
            paths = PATH.findall(line) if "sync" in name else NAMES.findall(line)
            found.append((name, [str(folder / path) for path in paths]))
    return found


def unsafe_renames(calls: list[tuple[str, list[str]]], root: Path) -> list[str]:
    """What was moved into place below a folder without being synced before, or without its folder after."""
    unsafe = []
    for place, (name, paths) in enumerate(calls):
        if "sync" in name or not paths[-1].startswith(str(root)):
            continue
        source, target = paths[-2:]
        if "checkpoint" in target or target.endswith(".removed"):
            continue  # a checkpoint is known by its checksum, and what is removed may come back
        before = [path for kind, (path, *_) in calls[:place] if "sync" in kind]
        after = [path for kind, (path, *_) in calls[place + 1 :] if "sync" in kind]
        if not any(path.startswith(source) for path in before) or str(Path(target).parent) not in after:
            unsafe.append(target)
    return unsafe


def n_renames(calls: list[tuple[str, list[str]]], root: Path) -> int:
    return sum("rename" in name and paths[-1].startswith(str(root)) for name, paths in calls)


@pytest.fixture
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("not tried: strace is not installed")
    looked = subprocess.run(["strace", "-e", "trace=fsync", "true"], capture_output=True)
    if looked.returncode:
        pytest.skip("not tried: no process may be traced here")


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_repair_export_plot_and_report_sync_what_they_write(real_study: Any, tmp_path: Path) -> None:
    shutil.copytree(real_study.results, tmp_path / "results")
    path = tmp_path / "results" / "tiny" / "trials.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"garbage\n", *lines[4:]]))
    for arguments in (
        ("repair", "tiny"),
        ("export", "tiny", "--output", "made/winner.yaml"),
        ("plot", "tiny", "--kind", "history", "--output", "made/chart.svg"),
        ("report", "tiny", "--output", "made/report.html"),
    ):
        calls = traced(tmp_path, "decoder_search.cli", *arguments)
        assert n_renames(calls, tmp_path) >= 1
        assert unsafe_renames(calls, tmp_path) == []
    made = [
        paths[0] for name, paths in traced(tmp_path, "decoder_search.cli", *made_anew()) if "sync" in name
    ]
    assert str(tmp_path / "new") in made and str(tmp_path) in made, "a new folder is synced in its own"


def made_anew() -> tuple[str, ...]:
    return ("export", "tiny", "--output", "new/below/winner.yaml")


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_training_and_figures_sync_every_stage_and_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tiny.yaml").write_text(TINY)
    calls = traced(tmp_path, "encodenet_core.cli", "train", "tiny.yaml", "--output", "run")
    assert n_renames(calls, tmp_path / "cache") >= 7
    assert n_renames(calls, tmp_path / "run") >= 8
    assert unsafe_renames(calls, tmp_path) == []
    calls = traced(tmp_path, "encodenet_core.cli", "figures", "run", "--output", "figures")
    assert n_renames(calls, tmp_path / "figures") >= 4
    assert unsafe_renames(calls, tmp_path) == []
