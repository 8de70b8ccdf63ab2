from __future__ import annotations

import pytest

from decoder_search.views.plots.parallel import LAYER, draw, draw_chart
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.look import house_style


def test_objectives_come_first_then_the_params_and_counts_are_whole(subject: Subject) -> None:
    with house_style():
        figure = draw(subject)
    first, bar, *others = figure.axes
    names = [label.get_text() for label in first.get_xticklabels()]
    assert names == ["mse ↓", "accuracy % ↑", "depth", "method", "n\nclusters"]
    assert bar.get_ylabel() == LAYER
    depth = [label.get_text() for label in others[1].get_yticklabels()]
    assert depth == ["1", "2", "3"]
    clusters = [label.get_text() for label in others[3].get_yticklabels()]
    assert clusters[0] == "None" and "3" in clusters and not any("." in text for text in clusters)


def test_layers_are_counted_from_one(subject: Subject) -> None:
    pytest.importorskip("plotly")
    with house_style():
        ticks = [label.get_text() for label in draw(subject).axes[1].get_yticklabels()]
    assert ticks[0] == "1"
    bar = next(trace for trace in draw_chart(subject).data if trace.mode == "markers").marker.colorbar
    assert bar.ticktext[0] == "1" and bar.title.text == LAYER
