"""A manifest finds every change of a stage's files, and of its own content."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from encodenet_core.stages.manifest import files_state, find_damage, read_manifest, write_manifest

FACTS = {"stage": "dataset", "inputs": {"source": "digits"}, "environment": {"version": 1}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stage with a file at the top, one below it, and a checkpoint that is no part of it."""
    for name, text in (("a.txt", "abc"), ("below/b.txt", ""), ("checkpoint/c.txt", "c")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    write_manifest(tmp_path, FACTS, besides="checkpoint")
    return tmp_path


def test_a_manifest_holds_the_facts_and_every_file(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest is not None
    assert {name: manifest[name] for name in FACTS} == FACTS
    assert datetime.now(UTC).timestamp() - datetime.fromisoformat(manifest["created"]).timestamp() < 60
    assert manifest["size"] == 3
    # The examples of FIPS 180-4: "abc", and the empty message.
    assert {name: (file["size"], file["sha256"][:16]) for name, file in manifest["files"].items()} == {
        "a.txt": (3, "ba7816bf8f01cfea"),
        "below/b.txt": (0, "e3b0c44298fc1c14"),
    }
    assert find_damage(folder) is None


def test_writing_it_again_does_not_describe_the_last_one(folder: Path) -> None:
    write_manifest(folder, FACTS, besides="checkpoint")
    assert find_damage(folder) is None
    assert sorted(json.loads((folder / "manifest.json").read_text())["files"]) == ["a.txt", "below/b.txt"]


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert find_damage(tmp_path) == "manifest.json is missing"


@pytest.mark.parametrize("name", ["a.txt", "below/b.txt"])
def test_a_missing_longer_or_replaced_file_is_named(name: str, folder: Path) -> None:
    (folder / name).write_text("four")
    assert find_damage(folder) == f"{name} has 4 bytes and should have {3 if name == 'a.txt' else 0}"
    (folder / name).unlink()
    assert find_damage(folder) == f"{name} is missing"
    (folder / name).mkdir()
    assert find_damage(folder) == f"{name} is missing"


def test_what_is_no_part_of_the_stage_may_change(folder: Path) -> None:
    (folder / "checkpoint" / "c.txt").unlink()
    (folder / "note.txt").write_text("mine")
    assert find_damage(folder) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_no_flipped_bit_changes_what_is_read(folder: Path, data: st.DataObject) -> None:
    path = folder / data.draw(st.sampled_from(["a.txt", "manifest.json"]))
    whole, manifest = path.read_bytes(), read_manifest(folder)
    flipped = bytearray(whole)
    flipped[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        path.write_bytes(flipped)
        damage = find_damage(folder)
        if damage is None:  # a space between two values may be a tabulator as well
            assert path.name == "manifest.json"
            assert read_manifest(folder) == manifest
        else:
            assert damage == f"{path.name} has another checksum than when it was written"
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", "NaN", '{"checksum": 1}', "[" * 9], ids=len)
def test_a_manifest_of_any_other_content_is_damage(content: str, folder: Path) -> None:
    (folder / "manifest.json").write_text(content)
    assert find_damage(folder) == "manifest.json has another checksum than when it was written"


def test_the_state_of_files_changes_with_every_file(folder: Path) -> None:
    states = [files_state(folder), files_state(folder)]
    (folder / "a.txt").write_text("abcd")
    states.append(files_state(folder))
    (folder / "below" / "b.txt").unlink()
    states.append(files_state(folder))
    assert states[0] == states[1]
    assert len(set(states)) == 3
