from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from decoder_search.driver.disk_use import DiskUse, is_dispensable, measure_use
from encodenet_core import read_cache
from encodenet_core.config import stable_hash

CREATED = datetime(2024, 5, 6, 7, 8, 9, 800_000, UTC)


def put(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))


def put_stage(cache: Path, key: str, size: int, created: str) -> None:
    """A finished stage as `StageCache` leaves it, but for its checksums."""
    put(cache / key / "arrays.npy", size)
    told = {"created": created, "files": {}}
    (cache / key / "manifest.json").write_text(json.dumps({**told, "checksum": stable_hash(told)}))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_an_empty_study_takes_nothing(tmp_path: Path, cache: Path) -> None:
    assert measure_use(tmp_path / "absent", cache, CREATED) == DiskUse()


def test_every_file_of_a_study_is_counted_as_what_it_is(tmp_path: Path, cache: Path) -> None:
    study = tmp_path / "study"
    put(study / "trials.jsonl", 1)
    put(study / "workers" / "worker-1.log", 2)
    put(study / "trials" / "7" / "curves.json", 4)
    put(study / "trials" / "7" / "weights" / "encodenet.keras", 8)
    put(study / "trials" / "7" / ".weights-x1" / "weights" / "encoder.keras", 16)
    put(study / "trials" / "8" / "checkpoint" / "checkpoint.npz", 32)
    put(study / "trials" / "8" / "checkpoint.4711" / "checkpoint.npz", 64)
    use = measure_use(study, cache, CREATED)
    assert use == DiskUse(weights=24, checkpoints=96, other_files=7)
    assert use.total == 127


def test_stages_count_from_the_second_in_which_the_study_was_created(tmp_path: Path, cache: Path) -> None:
    put_stage(cache, f"embedding-{'0' * 16}", 1000, "2024-05-06T07:08:08+00:00")
    put_stage(cache, f"baseline-{'1' * 16}", 2000, "2024-05-06T07:08:09+00:00")
    put_stage(cache, f"clusters-{'2' * 16}", 4000, "2024-05-07T00:00:00+00:00")
    sizes = {entry.stage: entry.size for entry in read_cache(cache)}
    use = measure_use(tmp_path / "study", cache, CREATED)
    assert use == DiskUse(stages=sizes["baseline"] + sizes["clusters"])


def test_an_unfinished_stage_counts_from_when_it_was_written_to(tmp_path: Path, cache: Path) -> None:
    for key, year in ((f".baseline-{'0' * 16}.partial", 2023), (f".baseline-{'1' * 16}.partial", 2025)):
        put(cache / key / "arrays.npy", year)
        moment = datetime(year, 1, 1, tzinfo=UTC).timestamp()
        for path in (cache / key / "arrays.npy", cache / key):
            os.utime(path, (moment, moment))
    assert measure_use(tmp_path / "study", cache, CREATED) == DiskUse(stages=2025)


def test_what_takes_room_is_told_in_words_most_first() -> None:
    use = DiskUse(stages=4 * 10**9, weights=5 * 10**9, other_files=20_000)
    assert (
        use.in_words() == "5.0 GB weights, 4.0 GB stages in the cache, 20.0 kB curves, pictures and records"
    )


def test_stages_that_take_long_or_were_read_lately_are_not_dispensable(cache: Path) -> None:
    for number, stage in enumerate(("baseline", "clusters", "control_features")):
        put_stage(cache, f"{stage}-{number:016}", 10, "2024-05-06T07:08:09+00:00")
        os.utime(cache / f"{stage}-{number:016}", (number, number))
    put(cache / f".baseline-{'9' * 16}.partial" / "arrays.npy", 10)
    entries = {(entry.stage, entry.state): entry for entry in read_cache(cache)}
    later = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    for since, dispensable in ((2, {"clusters"}), (3, {"clusters", "control_features"})):
        found = {stage for (stage, _), entry in entries.items() if is_dispensable(entry, since)}
        assert found == dispensable
    assert is_dispensable(entries["baseline", "partial"], later)
