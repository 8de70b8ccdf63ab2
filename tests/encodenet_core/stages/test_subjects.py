"""A stage in a few words, through the stages that it was made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.images import obtain_dataset
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.stages.manifest import write_manifest
from encodenet_core.stages.subjects import describe_stages
from encodenet_core.stages.upkeep import read_cache

DATASET, BASELINE, EMBEDDING, CLUSTERS = (
    f"{stage}-{'0' * 16}" for stage in ("dataset", "baseline", "embedding", "clusters")
)

INPUTS: dict[str, dict[str, Any]] = {
    DATASET: {"section": {"source": "/images/frogs.npz", "limit": None}, "seed": 3},
    BASELINE: {"dataset": "feedbeef01", "baseline": {"architecture": "resnet20", "model": None}},
    EMBEDDING: {"dataset": "feedbeef01", "embedding": {"extractor": "pixels"}, "baseline": ""},
    CLUSTERS: {"embedding": EMBEDDING, "clustering": {"n_clusters": 3, "method": "kmeans"}},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for key, inputs in INPUTS.items():
        (tmp_path / key).mkdir()
        if key == DATASET:
            described = json.dumps({"name": "frogs", "fingerprint": "feedbeef01"})
            (tmp_path / key / "dataset.json").write_text(described)
        write_manifest(tmp_path / key, {"inputs": inputs}, besides="checkpoint")
    return tmp_path


def described(root: Path) -> dict[str, str]:
    return {path.name: phrase for path, phrase in describe_stages(read_cache(root)).items()}


def test_a_stage_tells_its_dataset_and_what_tells_it_apart(root: Path) -> None:
    assert described(root) == {
        DATASET: "frogs.npz, seed 3",
        BASELINE: "frogs, resnet20",
        EMBEDDING: "frogs, pixels",
        CLUSTERS: "frogs, kmeans, 3 clusters",
    }


def test_a_dataset_without_a_stage_is_told_by_its_fingerprint(root: Path) -> None:
    (root / DATASET / "dataset.json").write_text("[")
    assert described(root)[CLUSTERS] == "dataset feedbeef, kmeans, 3 clusters"


def test_a_given_model_stands_in_place_of_the_architecture(root: Path) -> None:
    section = {"architecture": "resnet20", "model": "/models/mine.keras"}
    write_manifest(root / BASELINE, {"inputs": {"baseline": section}}, besides="checkpoint")
    assert described(root)[BASELINE] == "mine.keras"


def test_one_is_no_plural(root: Path) -> None:
    inputs = {"clustering": {"n_clusters": 1}, "training": {"epochs": 1}, "seed": 1}
    write_manifest(root / CLUSTERS, {"inputs": inputs}, besides="checkpoint")
    assert described(root)[CLUSTERS] == "1 cluster, 1 epoch, seed 1"


def test_unfinished_stages_and_unreadable_manifests_are_of_nothing_known(root: Path) -> None:
    (root / f".{CLUSTERS}.partial").mkdir()
    (root / EMBEDDING / "manifest.json").write_text("{")
    phrases = described(root)
    assert (phrases[f".{CLUSTERS}.partial"], phrases[EMBEDDING]) == ("", "")
    assert phrases[CLUSTERS] == "kmeans, 3 clusters"


def test_the_stages_of_a_real_run_are_all_told_apart(
    tiny_result: RunResult, tiny_config: EncodeNetConfig, tiny_cache: StageCache
) -> None:
    obtain_dataset(tiny_config, tiny_cache)
    phrases = described(tiny_cache.root)
    assert phrases[tiny_result.baseline.key].startswith("digits, small, ")
    assert all(phrase.startswith("digits") for phrase in phrases.values())
