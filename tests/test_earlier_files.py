"""Studies, a cache, a run and a comparison that an earlier version wrote are read as it read them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_section import Section

EARLIER = Path(__file__).parent / "earlier"
WRITTEN_IN = "/fixture"
"""What stands in the text files for the folder that they were written in."""

SAID = {
    "leaderboard-before.txt": ["leaderboard", "before"],
    "leaderboard-after.txt": ["leaderboard", "after"],
    "leaderboard-tuner.txt": ["leaderboard", "tuner"],
    "leaderboard-plain.txt": ["leaderboard", "plain"],
    "leaderboard-plain.json": ["leaderboard", "plain", "--format", "json"],
    "leaderboard-plain.csv": ["leaderboard", "plain", "--format", "csv"],
    "leaderboard-clustering.txt": ["leaderboard", "before", "--by", "clustering"],
    "show-before-1.txt": ["show", "before", "1"],
    "show-before-3.json": ["show", "before", "3", "--json"],
    "compare.txt": ["compare", "before", "after", "plain"],
    "export-before.txt": ["export", "before"],
    "export-plain.txt": ["export", "plain"],
    "repair.txt": ["repair", "before", "--dry-run"],
}
"""What a command printed, by the file that keeps it."""

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the earlier files, as if they had been written here."""
    place = tmp_path / "earlier"
    shutil.copytree(EARLIER / "folder", place)
    for path in place.rglob("*"):
        if path.suffix in (".yaml", ".json", ".jsonl") and "cache" not in path.relative_to(place).parts:
            path.write_text(path.read_text().replace(f"{WRITTEN_IN}/", f"{place}/"))
    return place


@pytest.fixture
def command(folder: Path, tmp_path: Path) -> Command:
    """Runs a program in that folder, with its cache, as if the libraries were of the versions of then.

    Those are a part of every key of the cache; metadata without a package stands in for them.
    """
    manifest = json.loads(next(folder.glob("cache/dataset-*/manifest.json")).read_text())
    installed = tmp_path / "installed"
    for name, version in versions_in(manifest["environment"]):
        metadata = installed / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    paths = [str(installed), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "ENCODENET_CACHE": str(folder / "cache"),
        "COLUMNS": "200",
    }

    def run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run


def versions_in(environment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and versions of packages, as the manifest of a stage tells them."""
    backend, _, version = environment["backend"].partition(" ")
    yield backend, version
    yield "keras", environment["keras"]
    yield "numpy", environment["numpy"]
    yield "scikit-learn", environment["sklearn"]


def is_later_option(line: str) -> bool:
    """Whether a line of a config names an option that came after these files."""
    name = line.strip().partition(":")[0]
    return any(name in part._later for part in sections_of(EncodeNetConfig()))


def without_later_options(lines: list[str]) -> list[str]:
    """The lines of a config that an earlier version had; sections that came later are left out whole."""
    kept: list[str] = []
    later = False
    for line in lines:
        if not line.startswith((" ", "-")):
            later = line.partition(":")[0] in EncodeNetConfig._later
        if not later and not is_later_option(line):
            kept.append(line)
    return kept


def sections_of(config: Section) -> Iterator[Section]:
    """The parts of a config, and their parts."""
    for name in type(config).model_fields:
        part = getattr(config, name)
        if isinstance(part, Section):
            yield part
            yield from sections_of(part)


def events(folder: Path, study: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (folder / "results" / study / "trials.jsonl").read_text().splitlines()
    ]


@pytest.mark.parametrize("name", SAID)
def test_a_command_says_of_an_earlier_study_what_it_said_then(
    name: str, command: Command, folder: Path
) -> None:
    done = command("decoder_search.cli", *SAID[name])
    assert done.returncode == 0, done.stderr
    lines = done.stdout.replace(f"{folder}/", f"{WRITTEN_IN}/").splitlines()
    today = without_later_options([line for line in lines if "# Exported by" not in line])
    assert today == (EARLIER / "expected" / name).read_text().splitlines()


def test_a_run_of_then_has_the_accuracy_of_then(command: Command) -> None:
    done = command("encodenet_core.cli", "evaluate", "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (EARLIER / "expected" / "evaluate.txt").read_text()


@pytest.mark.slow
def test_what_a_run_of_then_left_in_the_cache_is_not_computed_again(command: Command, folder: Path) -> None:
    before = sorted(path.name for path in (folder / "cache").iterdir())
    done = command("encodenet_core.cli", "train", "winner.yaml", "--output", "again")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (folder / "cache").iterdir()) == before
    again, then = (json.loads((folder / run / "metrics.json").read_text()) for run in ("again", "run"))
    for name in ("baseline", "encodenet", "control_training", "control_features"):
        assert again[name] == pytest.approx(then[name], abs=1e-4), name


@pytest.mark.slow
def test_a_study_of_then_goes_on_with_its_killed_trial(command: Command, folder: Path) -> None:
    kept = [event for event in events(folder, "before") if event["event"] == "finished"]
    options = ("--study", "before", "--sampler", "random", "--seed", 9, "--workers", 1, "--keep-weights", 1)
    done = command("decoder_search.cli", "run", "space.yaml", *options, "--trials", 7)
    assert done.returncode == 0, done.stderr
    finished = [event for event in events(folder, "before") if event["event"] == "finished"]
    assert finished[: len(kept)] == kept
    assert [event["trial"]["number"] for event in finished[len(kept) :]] == [6]
    assert finished[-1]["trial"]["state"] in ("completed", "pruned")


@pytest.mark.slow
def test_a_study_of_then_teaches_a_new_one(command: Command, folder: Path) -> None:
    options = ("--study", "new", "--from", "before", "--seed", 9, "--workers", 1, "--keep-weights", 0)
    done = command("decoder_search.cli", "run", "space.yaml", *options, "--trials", 1)
    assert done.returncode == 0, done.stderr
    assert "trials of study before teach the sampler" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_comparison_of_then_measures_nothing_again(command: Command, folder: Path) -> None:
    measured = (folder / "ablation" / "measurements.jsonl").read_text()
    tables = numbers_in(folder / "ablation" / "tables.md")
    done = command("encodenet_core.cli", "ablate", "plain.yaml", "--seeds", 1, "--output", "ablation")
    assert done.returncode == 0, done.stderr
    assert (folder / "ablation" / "measurements.jsonl").read_text() == measured
    assert numbers_in(folder / "ablation" / "tables.md") == tables


def numbers_in(tables: Path) -> list[str]:
    """The lines of tables without the words that explain the controls.

    Gains over control B are left out too: it fell below its baseline there, and they are no longer shown.
    """
    lines: list[str] = []
    place = None
    for line in tables.read_text().splitlines():
        cells = line.split("|")
        headers = [cell.strip() for cell in cells]
        place = headers.index("Δ feat") if "Δ feat" in headers else place if len(cells) > 1 else None
        if place is not None:
            del cells[place]
        if not line.startswith("- control "):
            lines.append("|".join(cells))
    return lines
