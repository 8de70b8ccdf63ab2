from __future__ import annotations

import dataclasses

import pytest

from encodenet_core.config import EncodeNetConfig
from encodenet_core.figures.elbow_page import collect_elbow_curves, draw_elbow
from encodenet_core.figures.material import Material

BENT_AT_2 = [10.0, 2.0, 1.5, 1.0, 0.5]
BENT_AT_3 = [20.0, 11.0, 2.0, 1.5, 1.0]


def test_the_elbow_is_the_median_of_the_elbows_of_the_classes() -> None:
    curves = collect_elbow_curves(EncodeNetConfig(), [BENT_AT_2, BENT_AT_3, BENT_AT_3])
    assert (curves.elbow, curves.configured) == (3, EncodeNetConfig().clustering.n_clusters)
    assert curves.inertias == [BENT_AT_2, BENT_AT_3, BENT_AT_3]
    assert curves.median == BENT_AT_3


def test_the_elbow_that_the_run_used_is_the_one_that_is_shown() -> None:
    assert collect_elbow_curves(EncodeNetConfig(), [BENT_AT_3], found=2.0).elbow == 2


def test_classes_too_small_for_a_count_leave_its_median_to_the_others() -> None:
    curves = collect_elbow_curves(EncodeNetConfig(), [[4.0, 2.0], [8.0, 4.0, 1.0]])
    assert curves.median == [6.0, 3.0, 1.0]
    assert curves.inertias[0] == [4.0, 2.0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_clusters": 2}, "configured: $k$ = 2"),
        ({"n_clusters": 25}, "configured: $k$ = 25"),
        ({"n_clusters": "auto"}, "configured: auto, so $k$ = 3"),
        ({"method": "hdbscan"}, "hdbscan found 2 in every class"),
    ],
)
def test_the_legend_says_how_clusters_were_counted(
    changes: dict[str, object], said: str, material: Material
) -> None:
    config = material.config.model_copy(
        update={"clustering": material.config.clustering.model_copy(update=changes)}
    )
    page = draw_elbow(dataclasses.replace(material, config=config, inertias=[BENT_AT_3] * 10))
    legend = page.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "a class (10 of them)",
        "median of the classes",
        "elbow: $k$ = 3",
        said,
    ]
