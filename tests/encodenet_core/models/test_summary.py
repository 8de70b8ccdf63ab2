"""An architecture in numbers, counted by hand."""

from __future__ import annotations

from encodenet_core.models.summary import ArchitectureSummary, summarize_architecture


def test_a_summary_names_size_cost_and_cut() -> None:
    first = 32 * 32 * 27 * 16
    wide = 6 * 32 * 32 * 9 * 16 * 16
    middle = 16 * 16 * (9 * 16 * 32 + 5 * 9 * 32 * 32 + 16 * 32)
    deep = 8 * 8 * (9 * 32 * 64 + 5 * 9 * 64 * 64 + 32 * 64)
    assert summarize_architecture("resnet20", 10) == ArchitectureSummary(
        name="resnet20",
        attention=None,
        trainable_parameters=272_474,
        macs=first + wide + middle + deep + 64 * 10,
        feature_shape=(8, 8, 64),
        cut="features",
    )


def test_more_classes_make_the_last_layer_wider_alone() -> None:
    few, many = (summarize_architecture("small", num_classes) for num_classes in (2, 1_000_000))
    assert many.trainable_parameters - few.trainable_parameters == 65 * 999_998
    assert many.macs - few.macs == 64 * 999_998
    assert (many.feature_shape, many.cut) == (few.feature_shape, few.cut)
