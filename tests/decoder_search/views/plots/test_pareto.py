from __future__ import annotations

import pytest

from decoder_search.views.plots.pareto import FRONT, OTHERS, draw, draw_chart, front_trials, note_on_mse
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.look import LIGHT, house_style


def test_the_front_is_marked_and_named_and_the_baseline_drawn(subject: Subject) -> None:
    with house_style():
        axes = draw(subject).axes[0]
    dots = {str(each.get_label()): each for each in axes.collections}
    assert dots[FRONT].get_offsets().tolist() == [[0.03, 92.5], [0.052, 94.0]]
    assert len(dots[OTHERS].get_offsets()) == 7
    named = [text.get_text() for text in axes.texts]
    assert named == ["8", "5", "baseline 95.0", "control A 95.5"]
    assert dots[FRONT].get_sizes()[0] > dots[OTHERS].get_sizes()[0]


def test_a_point_of_the_page_says_which_trial_it_is(subject: Subject) -> None:
    pytest.importorskip("plotly")
    others, front = draw_chart(subject).data
    assert front.text == ("trial 5: mse 0.03, accuracy 92.50 %", "trial 8: mse 0.052, accuracy 94.00 %")
    assert (front.marker.color, front.marker.symbol) == (LIGHT.vermillion, "star")
    assert len(others.x) == 7


def test_the_most_accurate_trial_of_the_front_comes_first(subject: Subject) -> None:
    assert [trial.number for trial in front_trials(subject)] == [8, 5]


def test_a_searched_clustering_is_warned_of(subject: Subject) -> None:
    assert note_on_mse(subject).startswith("mse compares trials of one clustering only")
