"""From a finished run to files that open, have the size that they should, and are always the same."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from encodenet_core.figures.material import Material
from encodenet_core.figures.writing import FIGURE_KINDS, write_figures

SIZES = {
    # Two clusters: 2 tiles of 128 and the 46 below the first; 9 columns, the first 40 wider than the others.
    "figure2_clusters": (36 + 210 + 176 + 8 * 136 - 8 + 36, 138 + 40 + 2 * 128 + 46 + 96),
    "figure3_elbow": (1400, 138 + 24 + 720 + 120),
    # Two rows of a tile with its caption, below the plot.
    "figure4_entropy": (172 + 8 * 176 - 48 + 36 + 20, 138 + 48 + 500 + 140 + 2 * (128 + 96) + 34 + 36),
    # Ten classes of three times three tiles; names of one character.
    "figure5_conversion": (36 + 40 + 16 + 9 * 158 - 30 + 2 * 36 + 36, 138 + 40 + 10 * 128 + 9 * 14 + 36),
}


@pytest.fixture(scope="module")
def written(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    expected = [folder / f"{name}.{kind}" for name, kinds in FIGURE_KINDS.items() for kind in kinds]
    assert write_figures(material, folder) == expected
    return folder


@pytest.mark.parametrize("name", SIZES)
def test_every_figure_is_a_picture_of_the_expected_size(name: str, written: Path) -> None:
    with Image.open(written / f"{name}.png") as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", SIZES[name])
        shades = np.asarray(picture.convert("L"))
    assert shades[0].min() == shades[-1].min() == shades[:, 0].min() == shades[:, -1].min() == 255


def test_the_charts_are_vector_drawings_too(written: Path) -> None:
    for name in ("figure3_elbow", "figure4_entropy"):
        root = ElementTree.parse(written / f"{name}.svg").getroot()  # noqa: S314, our own file
        assert root.tag.endswith("svg")
        assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(
            SIZES[name][0] * 72 / 200, abs=0.01
        )


def test_the_same_run_gives_the_same_bytes_but_for_another_class_in_figure_2(
    written: Path, material: Material, tmp_path: Path
) -> None:
    again = write_figures(material, tmp_path, label=7)
    changed = [path.stem for path in again if path.read_bytes() != (written / path.name).read_bytes()]
    assert changed == ["figure2_clusters"]


def test_the_first_tile_of_figure_2_is_the_representative(written: Path, material: Material) -> None:
    grouping = material.grouped.grouping
    sizes = np.bincount(grouping.train_ids)[grouping.classes == 0]
    members = np.flatnonzero(grouping.train_ids == sizes.argmax())
    correct = members[grouping.correct[members]]
    fit = correct if len(correct) else members
    best = fit[grouping.entropies[fit].argmin()]
    image = material.dataset.train.images[best, ..., 0]
    with Image.open(written / "figure2_clusters.png") as picture:
        shown = np.asarray(picture.convert("L"))[178 : 178 + 128, 246 : 246 + 128]
    np.testing.assert_array_equal(shown[24:104:16, 24:104:16], image[1:6, 1:6])
