"""What lies in a cache, what goes to make room, and what is damaged."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.stages.layout import lock_file, partial_folder, removed_folder
from encodenet_core.stages.locks import StageUse, hold_stage
from encodenet_core.stages.manifest import write_manifest
from encodenet_core.stages.upkeep import prune_cache, read_cache, verify_cache

A, B, C, D = (f"dataset-{letter * 16}" for letter in "abcd")


def finish(root: Path, key: str, size: int, used: float) -> int:
    """Lay a finished stage into the cache, last used so many seconds after 1970; returns its bytes in all."""
    folder = root / key
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "data").write_bytes(bytes(size))
    write_manifest(folder, {"stage": "dataset", "inputs": {}, "environment": {}}, besides="checkpoint")
    os.utime(folder, (used, used))
    return size + (folder / "manifest.json").stat().st_size


def leave(folder: Path, size: int) -> int:
    """Lay a folder into the cache that is no finished stage."""
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(bytes(size))
    return size


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def test_reading_tells_finished_unfinished_and_left_over_stages_apart(tmp_path: Path) -> None:
    size = finish(tmp_path, A, 10, used=5)
    leave(tmp_path / B, 1)
    leave(partial_folder(tmp_path, A) / "checkpoint", 2)
    leave(removed_folder(tmp_path, C), 3)
    lock_file(tmp_path, C).touch()
    found = {(entry.key, entry.state): entry.size for entry in read_cache(tmp_path)}
    assert found == {
        (A, "finished"): size,
        (A, "partial"): 2,
        (B, "leftover"): 1,
        (C, "leftover"): 3,
    }
    finished = read_cache(tmp_path)[0]
    assert (finished.stage, finished.used, finished.path) == ("dataset", 5, tmp_path / A)
    assert finished.manifest is not None and finished.manifest["size"] == 10


def test_there_is_nothing_in_a_cache_that_is_not_there(tmp_path: Path) -> None:
    assert read_cache(tmp_path / "none") == []
    assert list(verify_cache(tmp_path / "none")) == []
    assert prune_cache(tmp_path / "none", 0).freed == 0
    assert not (tmp_path / "none").exists()


def test_a_cache_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        ConfigError, match=r"^cannot read the stage cache .*; set ENCODENET_CACHE to its folder$"
    ):
        read_cache(tmp_path / "file")


@pytest.mark.parametrize(
    ("fitting", "gone"), [([A, B, C], []), ([B, C], [A]), ([C], [A, B]), ([], [A, B, C])], ids=str
)
def test_the_least_recently_used_go_until_the_rest_fits(
    fitting: list[str], gone: list[str], tmp_path: Path
) -> None:
    sizes = {
        key: finish(tmp_path, key, size, used) for key, size, used in [(C, 9, 30), (A, 7, 10), (B, 8, 20)]
    }
    keep = sum(sizes[key] for key in fitting)
    plan = prune_cache(tmp_path, keep, dry_run=True)
    assert names(tmp_path) == [A, B, C], "a dry run removes nothing"
    pruning = prune_cache(tmp_path, keep)
    assert pruning == plan
    assert [entry.key for entry in pruning.removed] == gone
    assert (pruning.freed, pruning.left) == (sum(sizes[key] for key in gone), keep)
    assert names(tmp_path) == fitting


def test_one_byte_less_than_all_takes_the_oldest(tmp_path: Path) -> None:
    total = sum([finish(tmp_path, A, 7, 10), finish(tmp_path, B, 8, 20)])
    assert [entry.key for entry in prune_cache(tmp_path, total - 1).removed] == [A]


def test_what_is_unfinished_goes_before_what_is_finished_and_half_removed_things_in_any_case(
    tmp_path: Path,
) -> None:
    size = finish(tmp_path, A, 10, used=5)
    unfinished = leave(partial_folder(tmp_path, B), 20)
    leave(removed_folder(tmp_path, C), 30)
    everything = prune_cache(tmp_path, 10**9)
    assert [(entry.state, entry.size) for entry in everything.removed] == [("leftover", 30)]
    rest = prune_cache(tmp_path, size + unfinished - 1)
    assert [entry.state for entry in rest.removed] == ["partial"]
    assert names(tmp_path) == [A]


def test_what_is_used_or_made_stays_and_others_go_in_its_place(tmp_path: Path) -> None:
    sizes = [finish(tmp_path, key, 10, used) for used, key in enumerate([A, B])]
    made = leave(partial_folder(tmp_path, C), 20)
    use = StageUse.start(tmp_path / A)
    with hold_stage(tmp_path, C):
        for dry_run in (True, False):
            pruning = prune_cache(tmp_path, 0, dry_run=dry_run)
            assert [entry.key for entry in pruning.removed] == [B]
            assert [entry.key for entry in pruning.busy] == [C, A]
            assert pruning.left == sizes[0] + made
    del use
    assert [entry.key for entry in prune_cache(tmp_path, 0).removed] == [C, A]
    assert names(tmp_path) == []


def test_pruning_touches_nothing_that_is_no_stage(tmp_path: Path) -> None:
    for name in ("photos", "dataset-abc", ".git", "Dataset-0123456789abcdef"):
        leave(tmp_path / name, 5)
    (tmp_path / A).touch()
    (tmp_path / B).symlink_to(tmp_path / "photos")
    (tmp_path / "package.lock").touch()
    before = names(tmp_path)
    pruning = prune_cache(tmp_path, 0)
    assert (pruning.removed, pruning.left) == ((), 0)
    assert names(tmp_path) == before


def test_pruning_removes_the_locks_of_killed_processes_and_no_others(tmp_path: Path) -> None:
    lock_file(tmp_path, A).touch()
    with hold_stage(tmp_path, B):
        prune_cache(tmp_path, 0)
        assert names(tmp_path) == [lock_file(tmp_path, B).name]


def test_verifying_names_what_is_damaged_and_skips_what_has_no_checksums(tmp_path: Path) -> None:
    for key in (A, B, C):
        finish(tmp_path, key, 10, used=5)
    (tmp_path / B / "below" / "data").write_bytes(bytes(9) + b"\x01")
    (tmp_path / C / "manifest.json").write_text("{")
    leave(tmp_path / D, 1)
    leave(partial_folder(tmp_path, D), 1)
    expected = "has another checksum than when it was written"
    assert {entry.key: damage for entry, damage in verify_cache(tmp_path)} == {
        A: None,
        B: f"below/data {expected}",
        C: f"manifest.json {expected}",
    }
    assert [entry.used for entry in read_cache(tmp_path) if entry.state == "finished"] == [5, 5, 5]


def test_nothing_is_pruned_while_it_is_verified(tmp_path: Path) -> None:
    finish(tmp_path, A, 10, used=5)
    for entry, _ in verify_cache(tmp_path):
        assert prune_cache(tmp_path, 0).busy == (entry,)
    assert [entry.key for entry in prune_cache(tmp_path, 0).removed] == [A]


def test_only_the_stages_that_are_meant_are_counted_and_go(tmp_path: Path) -> None:
    sizes = {key: finish(tmp_path, key, 100, used) for used, key in enumerate((A, B, C), start=1)}
    pruning = prune_cache(tmp_path, sizes[C], among=lambda entry: entry.key != A)
    assert [entry.key for entry in pruning.removed] == [B]
    assert pruning.left == sizes[C]
    assert names(tmp_path) == [A, C]


def test_a_stage_was_made_when_its_manifest_says_and_an_unfinished_one_when_it_was_written(
    tmp_path: Path,
) -> None:
    finish(tmp_path, A, 10, used=5)
    leave(partial_folder(tmp_path, B), 2)
    for path in (partial_folder(tmp_path, B) / "data", partial_folder(tmp_path, B)):
        os.utime(path, (7, 7))
    finished, unfinished = read_cache(tmp_path)
    assert abs((finished.made - datetime.now(UTC)).total_seconds()) < 60
    assert unfinished.made == datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)
