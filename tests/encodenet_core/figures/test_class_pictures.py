from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encodenet_core.figures.class_file import CLASSES_FILE, read_class_pictures
from encodenet_core.figures.class_pictures import draw_class, save_class_pictures
from encodenet_core.figures.cluster_rows import ClusterRow
from encodenet_core.figures.material import Material
from encodenet_core.stages.cache import StageCache


def row(representative: int, members: list[int]) -> ClusterRow:
    return ClusterRow(
        representative, np.array(members, np.int64), np.zeros(len(members), bool), len(members) + 1, 0
    )


def told_of(material: Material, cache: StageCache, folder: Path, **changes: Any) -> dict[str, Any]:
    config = material.config.model_copy(update=changes)
    save_class_pictures(config, material.dataset, material.baseline, cache, folder)
    told: dict[str, Any] = json.loads((folder / CLASSES_FILE).read_text())
    return told


def test_every_class_gets_a_picture_and_its_numbers(
    material: Material, tiny_cache: StageCache, tmp_path: Path
) -> None:
    told = told_of(material, tiny_cache, tmp_path)
    assert list(told) == ["format", "config", "num_classes", "shown_members", "classes", "elbow"]
    assert told == read_class_pictures(tmp_path).model_dump()
    assert told["config"] == material.config.stable_hash()
    assert [each["label"] for each in told["classes"]] == list(range(10))
    assert {each["n_images"] for each in told["classes"]} == {12}
    assert all((tmp_path / each["file"]).exists() for each in told["classes"])
    first = told["classes"][0]
    assert first["name"] == "0" and first["n_clusters"] == len(first["clusters"]) == 2
    assert sum(each["n_images"] for each in first["clusters"]) == 12
    with Image.open(tmp_path / first["file"]) as picture:
        assert picture.size[1] == 2 * 32 + 3 + 4 + 4  # digits of 8 pixels are shown four times as large


def test_elbow_curves_are_those_of_the_stage(
    material: Material, tiny_cache: StageCache, tmp_path: Path
) -> None:
    elbow = told_of(material, tiny_cache, tmp_path)["elbow"]
    assert elbow["inertias"] == material.inertias
    assert (elbow["configured"], elbow["method"], elbow["extractor"]) == (2, "kmeans", "baseline")
    assert 1 <= elbow["elbow"] <= len(elbow["median"])


def test_where_a_class_has_one_target_it_is_one_cluster(
    material: Material, tiny_cache: StageCache, tmp_path: Path
) -> None:
    autoencoder = material.config.autoencoder.model_copy(update={"target": "class"})
    told = told_of(material, tiny_cache, tmp_path, autoencoder=autoencoder)
    assert {each["n_clusters"] for each in told["classes"]} == {1}
    entropies = material.grouped.grouping.entropies[material.dataset.train.labels == 3]
    assert told["classes"][3]["clusters"][0]["entropy"] >= entropies.min()


def test_the_representative_is_framed_and_gaps_are_transparent() -> None:
    images = np.full((4, 8, 8, 1), 200, np.uint8)
    pixels = np.asarray(draw_class(images, [row(0, [1, 2]), row(3, [])], members=2))
    assert pixels.shape == (2 * 32 + 3 + 4 + 4, 3 * 32 + 10 + 3 + 4, 4)
    assert pixels[0, 0].tolist() == [0xD5, 0x5E, 0x00, 255]  # the frame
    assert pixels[2, 2].tolist() == [200, 200, 200, 255]  # the representative
    assert pixels[5, 32 + 4 + 4, 3] == 0  # between it and the first member
    assert pixels[5, 32 + 2 + 10].tolist() == [200, 200, 200, 255]
    assert pixels[60, 60, 3] == 0  # the second cluster has no member


@pytest.mark.parametrize("side", [40, 100])
def test_large_images_are_made_small(side: int) -> None:
    images = np.full((2, side, side, 3), 9, np.uint8)
    assert draw_class(images, [row(0, [1])], members=1).size == (2 * 32 + 10 + 4, 36)
