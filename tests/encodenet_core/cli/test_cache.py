"""`encodenet cache` on a cache made by hand, and commands on caches that cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.stages.layout import partial_folder
from encodenet_core.stages.locks import StageUse
from encodenet_core.stages.manifest import write_manifest

OLD, NEW, UNFINISHED = (
    f"{stage}-{letter * 16}" for stage, letter in (("dataset", "a"), ("baseline", "b"), ("clusters", "c"))
)


Encodenet = Callable[..., Any]
"""Answers with exit code, `out` and `err`."""


@pytest.fixture
def encodenet(type_encodenet: Encodenet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Encodenet:
    """The command `encodenet` with its arguments, in this process, with a cache of its own."""
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")
    return type_encodenet


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Two finished stages of some 1.5 and 2 kB, used three days and two hours ago, and an unfinished one."""
    root, inputs = tmp_path / "cache", {"section": {"source": "digits [red]"}}
    for key, size, seconds in ((OLD, 1000, 3 * 86_400), (NEW, 1500, 2 * 3600)):
        (root / key).mkdir(parents=True)
        (root / key / "data.npy").write_bytes(bytes(size))
        write_manifest(root / key, {"inputs": inputs}, besides="checkpoint")
        os.utime(root / key, (time.time() - seconds,) * 2)
    partial_folder(root, UNFINISHED).mkdir()
    (partial_folder(root, UNFINISHED) / "data.npy").write_bytes(bytes(300))
    return root


def test_listing_shows_each_stage_with_its_size_age_and_subject(encodenet: Encodenet, cache: Path) -> None:
    use = StageUse.start(cache / NEW)
    outcome = encodenet("cache", "list")
    assert use is not None
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["stage", "key", "size", "age", "unused", "of"]
    baseline, clusters, dataset = (line.rstrip().split(maxsplit=2) for line in lines[2:5])
    assert baseline[:2] == ["baseline", "b" * 16]
    assert baseline[2].endswith("2 h  in use, digits [red]")
    assert clusters[2].startswith("300 B") and clusters[2].endswith("unfinished")
    assert dataset[2].endswith("3 d  digits [red]")
    total = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    assert lines[-1] == f"2 stages and 1 unfinished or unusable, {total / 1000:.1f} kB in {cache}"


def test_listing_fits_a_narrow_terminal(
    encodenet: Encodenet, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = encodenet("cache", "list").out.splitlines()[:-1]
    assert max(map(len, table)) <= 80
    assert any("a" * 16 in line for line in table)


def test_listing_as_json_has_every_stage(encodenet: Encodenet, cache: Path) -> None:
    listed = json.loads(encodenet("cache", "list", "--json").out)
    assert listed["folder"] == str(cache)
    assert listed["size"] == sum(row["size"] for row in listed["stages"])
    assert [(row["stage"], row["state"], row["subject"], row["busy"]) for row in listed["stages"]] == [
        ("baseline", "finished", "digits [red]", False),
        ("clusters", "partial", "", False),
        ("dataset", "finished", "digits [red]", False),
    ]
    assert all(row["created"] for row in listed["stages"] if row["state"] == "finished")


def test_an_empty_cache_is_no_error(encodenet: Encodenet, tmp_path: Path) -> None:
    root = tmp_path / "cache"
    assert encodenet("cache", "list") == (0, f"no stages in {root}\n", "")
    assert json.loads(encodenet("cache", "list", "--json").out)["stages"] == []
    assert encodenet("cache", "prune", "--keep", "0") == (0, f"freed 0 B; 0 B are left in {root}\n", "")
    assert encodenet("cache", "verify") == (0, "0 stages checked, 0 damaged\n", "")
    assert not root.exists()


def test_pruning_says_what_it_removes_and_frees(encodenet: Encodenet, cache: Path) -> None:
    would = encodenet("cache", "prune", "--keep", "2.5kB", "--dry-run")
    assert len(list(cache.iterdir())) == 3
    done = encodenet("cache", "prune", "--keep", "2.5kB")
    assert [path.name for path in cache.iterdir()] == [NEW]
    lines = done.out.splitlines()
    assert lines[0] == f"removed {UNFINISHED}, 300 B, unfinished"
    assert lines[1].startswith(f"removed {OLD}, 1.") and lines[1].endswith(" kB, last used 3 d ago")
    assert lines[2].startswith("freed 1.") and lines[2].endswith(f" kB are left in {cache}")
    assert would.out == done.out.replace("removed", "would remove").replace("freed", "would free").replace(
        " are left", " would be left"
    )


def test_pruning_says_where_running_processes_keep_it_from_its_aim(encodenet: Encodenet, cache: Path) -> None:
    use = StageUse.start(cache / NEW)
    lines = encodenet("cache", "prune", "--keep", "0").out.splitlines()
    assert use is not None
    assert lines[-1] == "more than 0, because running processes use or make the rest"
    assert [path.name for path in cache.iterdir()] == [NEW]


@pytest.mark.parametrize("keep", ["", "20G", "-1", "much"])
def test_a_bad_size_is_refused_in_one_line(keep: str, encodenet: Encodenet, cache: Path) -> None:
    outcome = encodenet("cache", "prune", f"--keep={keep}")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {keep!r} is no size; give ")
    assert outcome.err.count("\n") == 1
    assert len(list(cache.iterdir())) == 3


def test_verifying_prints_what_is_damaged_and_fails(encodenet: Encodenet, cache: Path) -> None:
    assert encodenet("cache", "verify") == (0, "2 stages checked, 0 damaged\n", "")
    (cache / OLD / "data.npy").write_bytes(bytes(999) + b"\x01")
    damaged, summary = (outcome := encodenet("cache", "verify")).out.splitlines()
    assert outcome.code == 1
    assert damaged == f"{OLD} is damaged: data.npy has another checksum than when it was written"
    assert summary == "2 stages checked, 1 damaged; who needs them computes them again"


@pytest.mark.parametrize(
    "command", [["list"], ["list", "--json"], ["prune", "--keep", "0"], ["verify"]], ids=str
)
def test_a_file_in_place_of_the_cache_is_one_line(
    command: list[str], encodenet: Encodenet, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("kept")
    outcome = encodenet("cache", *command)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(
        f"error: cannot read the stage cache {tmp_path / 'cache'}: Not a directory; "
    )
    assert "ENCODENET_CACHE" in outcome.err and outcome.err.count("\n") == 1


@pytest.mark.parametrize("root", ["file", "file/below", "/proc/nowhere"])
def test_a_training_without_a_usable_cache_is_refused_before_it_starts(
    root: str, encodenet: Encodenet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("kept")
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path / root))
    outcome = encodenet("train", "--output", tmp_path / "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: cannot write to the stage cache ")
    assert "set ENCODENET_CACHE to a folder that can be written to" in outcome.err
    assert outcome.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_looking_at_a_cache_loads_no_keras(tmp_path: Path) -> None:
    code = """
import sys
sys.argv = ["encodenet", "cache", "list"]
from encodenet_core.cli import main
try:
    main()
except SystemExit:
    print([name for name in ("keras", "tensorflow", "sklearn", "numpy") if name in sys.modules])
"""
    environment = {**os.environ, "ENCODENET_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"no stages in {tmp_path}", "[]"]
