"""A stage is built once, whole or not at all, whoever else wants it and whatever is killed."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import pytest

from encodenet_core.baseline import BASELINE, obtain_baseline
from encodenet_core.config import EncodeNetConfig, stable_hash
from encodenet_core.config_values import build_config, flatten
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError, InfeasibleConfig, Stopped
from encodenet_core.grouping import obtain_grouping
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import CHECKPOINT_FOLDER, MOST_USES, Stage, StageCache
from encodenet_core.stages.upkeep import prune_cache
from encodenet_core.training.watch import keep_silent

FileLimit = Callable[[int], AbstractContextManager[None]]

Build = Callable[[Path], None]

DATASET = Stage("dataset", version=1)


def write_number(number: int) -> Build:
    return lambda folder: (folder / "number.txt").write_text(str(number)) and None


def stop_after(seen: list[list[str]], error: BaseException) -> Build:
    """Notes what it finds in its folder, leaves a checkpoint and another file, and fails."""

    def build(folder: Path) -> None:
        seen.append(sorted(str(path.relative_to(folder)) for path in folder.rglob("*")))
        (folder / CHECKPOINT_FOLDER).mkdir(exist_ok=True)
        (folder / CHECKPOINT_FOLDER / "epoch.txt").write_text("37")
        (folder / "half").mkdir()
        (folder / "half.txt").write_text("0")
        raise error

    return build


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def flip_a_byte(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_stage_is_built_once(tmp_path: Path) -> None:
    cache = StageCache(tmp_path / "cache")
    first = cache.obtain(DATASET, {"seed": 1}, write_number(1))
    second = cache.obtain(DATASET, {"seed": 1}, write_number(2))
    assert first == second
    assert (second / "number.txt").read_text() == "1"
    assert names(cache.root) == [first.name], "no lock is left"


def test_another_cache_object_finds_it_too(tmp_path: Path) -> None:
    StageCache(tmp_path).obtain(DATASET, {"seed": 1, "limit": None}, write_number(1))
    found = StageCache(tmp_path).obtain(DATASET, {"limit": None, "seed": 1}, write_number(2))
    assert (found / "number.txt").read_text() == "1"


def test_other_inputs_are_another_stage(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    inputs = [{"seed": 1}, {"seed": 2}, {"seed": "1"}, {"seed": 1, "limit": None}, {}]
    keys = {cache.key(DATASET, value) for value in inputs}
    assert len(keys) == len(inputs)
    assert cache.key(BASELINE, {"seed": 1}) not in keys


@pytest.mark.parametrize("stage", [Stage("dataset", 1), Stage("control_training", 2)])
def test_a_key_is_the_stage_and_a_hash_of_its_inputs_and_of_the_software(
    stage: Stage, tmp_path: Path
) -> None:
    inputs, backend = {"source": "../../etc/passwd", "seed": 1}, keras.backend.backend()
    software = {
        "backend": f"{backend} {version(backend)}",
        **{name: version(name) for name in ("keras", "numpy")},
        "sklearn": version("scikit-learn"),
    }
    hashed = stable_hash({"inputs": inputs, "environment": {"version": stage.version, **software}})
    assert StageCache(tmp_path).key(stage, inputs) == f"{stage.name}-{hashed}"
    assert hashed.isalnum()


def test_only_what_is_missing_is_told_of_and_may_be_refused(tmp_path: Path) -> None:
    missing: list[str] = []
    cache = StageCache(tmp_path, on_missing=missing.append)
    for _ in range(2):
        cache.obtain(DATASET, {"seed": 1}, write_number(1))
    assert missing == ["dataset"]

    def refuse(stage: str) -> None:
        raise ConfigError(stage)

    with pytest.raises(ConfigError, match="dataset"):
        StageCache(tmp_path, on_missing=refuse).obtain(DATASET, {"seed": 2}, write_number(2))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_finished_stage_says_what_it_was_made_from(tmp_path: Path) -> None:
    inputs = {"seed": 1, "section": {"source": "digits"}}
    folder = StageCache(tmp_path).obtain(DATASET, inputs, write_number(12345))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["stage"], manifest["inputs"], manifest["size"]) == ("dataset", inputs, 5)
    assert set(manifest["environment"]) == {"version", "backend", "keras", "numpy", "sklearn"}
    # The first digits of `printf 12345 | sha256sum`.
    assert manifest["files"]["number.txt"]["sha256"].startswith("5994471abb01112afcc18159f6cc74b4")


@pytest.mark.parametrize(
    "error", [RuntimeError("no memory"), InfeasibleConfig("the loss became nan")], ids=repr
)
def test_a_failing_build_leaves_nothing_and_can_be_repeated(error: Exception, tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    with pytest.raises(type(error), match=str(error)):
        cache.obtain(DATASET, {"seed": 1}, stop_after([], error))
    assert names(tmp_path) == []
    folder = cache.obtain(DATASET, {"seed": 1}, write_number(1))
    assert (folder / "number.txt").read_text() == "1"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), Stopped("enough")], ids=repr)
def test_an_interrupted_build_finds_its_checkpoint_again_and_nothing_else(
    error: BaseException, tmp_path: Path
) -> None:
    cache, seen = StageCache(tmp_path), []
    for _ in range(2):
        with pytest.raises(type(error)):
            cache.obtain(DATASET, {"seed": 1}, stop_after(seen, error))
    assert seen == [[], ["checkpoint", "checkpoint/epoch.txt"]]
    folder = cache.obtain(DATASET, {"seed": 1}, write_number(1))
    assert names(folder) == ["manifest.json", "number.txt"]
    assert names(tmp_path) == [folder.name]


def test_an_interrupted_build_without_a_checkpoint_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(folder: Path) -> None:
        (folder / "half.txt").write_text("0")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StageCache(tmp_path).obtain(DATASET, {"seed": 1}, interrupt)
    assert names(tmp_path) == []


def damage_manifest_name(folder: Path) -> None:
    flip_a_byte(folder / "manifest.json", (folder / "manifest.json").read_bytes().index(b"number.txt"))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: flip_a_byte(folder / "number.txt", 3), "number.txt has another checksum"),
        (damage_manifest_name, "manifest.json has another checksum"),
        (
            lambda folder: (folder / "number.txt").write_text("123"),
            "number.txt has 3 bytes and should have 5",
        ),
        (lambda folder: (folder / "number.txt").unlink(), "number.txt is missing"),
    ],
    ids=["flipped", "manifest", "cut off", "missing"],
)
def test_a_damaged_stage_is_computed_again_and_that_is_said_in_one_line(
    damage: Build, told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inputs = {"seed": 1}
    damage(StageCache(tmp_path).obtain(DATASET, inputs, write_number(12345)))
    with caplog.at_level(logging.WARNING, "encodenet_core"):
        folder = StageCache(tmp_path).obtain(DATASET, inputs, write_number(54321))
        again = StageCache(tmp_path).obtain(DATASET, inputs, write_number(0))
    assert (again / "number.txt").read_text() == "54321"
    assert names(tmp_path) == [folder.name]
    (line,) = caplog.messages
    assert line.startswith(f"stage {folder.name} in {tmp_path} is damaged: {told}")
    assert line.endswith("; removed it, computing it again")


def test_a_process_reads_the_files_of_a_stage_again_only_where_they_changed(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    number = cache.obtain(DATASET, {"seed": 1}, write_number(12345)) / "number.txt"
    before = number.stat()
    number.write_text("99999")
    os.utime(number, ns=(before.st_atime_ns, before.st_mtime_ns))
    cache.obtain(DATASET, {"seed": 1}, write_number(0))
    assert number.read_text() == "99999", "size and time are as they were when it was verified"
    os.utime(number)
    cache.obtain(DATASET, {"seed": 1}, write_number(0))
    assert number.read_text() == "0"


def test_a_stage_of_an_older_version_is_computed_again_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = StageCache(tmp_path)
    older = tmp_path / cache.key(DATASET, {"seed": 1})
    older.mkdir()
    (older / "number.txt").write_text("0")
    cache.obtain(DATASET, {"seed": 1}, write_number(1))
    assert (older / "number.txt").read_text() == "1"
    assert caplog.messages == []


def test_what_a_living_cache_has_handed_out_lately_is_not_pruned(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    folders = [cache.obtain(DATASET, {"seed": seed}, write_number(seed)) for seed in range(MOST_USES + 1)]
    assert [entry.path for entry in prune_cache(tmp_path, 0).removed] == folders[:1]
    del cache
    assert len(prune_cache(tmp_path, 0).removed) == MOST_USES


@pytest.mark.parametrize("root", ["file", "file/below", "/proc/nowhere/at/all", "long" * 100])
def test_a_cache_that_cannot_be_is_refused_before_anything_is_built(root: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(
        ConfigError, match=r"^cannot write to the stage cache .*; .* set ENCODENET_CACHE to .*$"
    ):
        StageCache(tmp_path / root).obtain(DATASET, {}, lambda folder: pytest.fail("it was built"))
    assert (tmp_path / "file").read_text() == "kept"


def test_a_full_disk_is_noticed_before_anything_is_built(tmp_path: Path, files_of_at_most: FileLimit) -> None:
    with files_of_at_most(0), pytest.raises(ConfigError, match=r"File too large; .* set ENCODENET_CACHE"):
        StageCache(tmp_path).obtain(DATASET, {}, lambda folder: pytest.fail("it was built"))
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: np.save(folder / "array.npy", np.zeros(10_000)),
        lambda folder: (folder / "text.txt").write_text("0" * 10_000) and None,
    ],
    ids=["array", "text"],
)
def test_a_disk_that_is_full_in_the_end_is_one_line_and_leaves_nothing(
    write: Build, tmp_path: Path, files_of_at_most: FileLimit
) -> None:
    with files_of_at_most(5000), pytest.raises(ConfigError, match=r"; .* set ENCODENET_CACHE to [^\n]*$"):
        StageCache(tmp_path).obtain(DATASET, {}, write)
    assert names(tmp_path) == []


def test_an_error_that_is_none_of_the_cache_s_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        StageCache(tmp_path / "cache").obtain(DATASET, {}, lambda _: os.listdir(tmp_path / "file") and None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_finished_stage_can_be_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    folder = StageCache(tmp_path).obtain(DATASET, {}, write_number(1))
    tmp_path.chmod(0o555)
    try:
        assert StageCache(tmp_path).obtain(DATASET, {}, write_number(2)) == folder
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("change", "computed"),
    [
        ({"decoder.depth": 3, "decoder.upsampling": "nearest"}, []),
        ({"clustering.n_clusters": 4}, ["clusters"]),
    ],
    ids=["decoder", "number of clusters"],
)
def test_a_change_reuses_the_stages_that_do_not_depend_on_it(
    change: dict[str, object],
    computed: list[str],
    tiny_result: RunResult,
    tiny_config: EncodeNetConfig,
    tiny_dataset: Dataset,
    tiny_cache: StageCache,
) -> None:
    config = build_config({**flatten(tiny_config.model_dump(mode="json")), **change})
    before = {path.name for path in tiny_cache.root.iterdir()}
    baseline = obtain_baseline(config, tiny_dataset, tiny_cache, keep_silent)
    obtain_grouping(config, tiny_dataset, baseline, tiny_cache)
    new = {path.name for path in tiny_cache.root.iterdir()} - before
    assert [name.partition("-")[0] for name in new] == computed
