from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from color_models import save_color_classifier
from PIL import Image

from encodenet_core.models.pixel_forms import UNCHANGED
from encodenet_core.models.size_of_images import size_by_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_color_classifier(tmp_path / "mine.keras", UNCHANGED, side=8)


def folder_of(place: Path, *sizes: tuple[int, int]) -> Path:
    for number, (width, height) in enumerate(sizes):
        (place / f"class{number % 2}").mkdir(parents=True, exist_ok=True)
        picture = np.full((height, width, 3), 40 * number, np.uint8)
        Image.fromarray(picture).save(place / f"class{number % 2}" / f"{number}.png")
    return place


def values(model: Path, source: Path, **others: Any) -> dict[str, Any]:
    return {"baseline.model": str(model), "dataset.source": str(source), **others}


@pytest.mark.parametrize("sizes", [((8, 8), (20, 10)), ((20, 10), (20, 10))], ids=["mixed", "another"])
def test_pictures_of_other_sizes_get_that_of_the_model(
    sizes: tuple[tuple[int, int], ...], model: Path, tmp_path: Path
) -> None:
    assert size_by_model(values(model, folder_of(tmp_path / "photos", *sizes))) == [8, 8]


def test_pictures_in_a_table_get_it_too(model: Path, tmp_path: Path) -> None:
    folder_of(tmp_path / "photos", (20, 10), (10, 20))
    table = tmp_path / "table.csv"
    table.write_text("path,label\nphotos/class0/0.png,a\nphotos/class1/1.png,b\n")
    assert size_by_model(values(model, table)) == [8, 8]


def test_nothing_is_named_where_nothing_is_missing(model: Path, tmp_path: Path) -> None:
    fitting, mixed = folder_of(tmp_path / "fit", (8, 8), (8, 8)), folder_of(tmp_path / "mix", (8, 8), (9, 8))
    assert size_by_model(values(model, fitting)) is None
    assert size_by_model(values(model, mixed, **{"dataset.image_size": [4, 4]})) is None
    assert size_by_model({"dataset.source": str(mixed)}) is None
    assert size_by_model({"dataset.source": "digits", "baseline.model": str(model)}) is None
    assert size_by_model(values(model, tmp_path / "absent")) is None
    anything = save_color_classifier(tmp_path / "any.keras", UNCHANGED, side=None)
    assert size_by_model(values(anything, mixed)) is None


def test_a_folder_that_cannot_be_read_is_left_to_who_reads_it(model: Path, tmp_path: Path) -> None:
    broken = folder_of(tmp_path / "broken", (8, 8), (8, 8))
    (broken / "class0" / "a.png").write_bytes(b"nothing")
    assert size_by_model(values(model, broken)) is None
    (tmp_path / "empty").mkdir()
    assert size_by_model(values(model, tmp_path / "empty")) is None
