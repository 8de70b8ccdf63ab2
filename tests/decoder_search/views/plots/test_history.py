from __future__ import annotations

from dataclasses import replace

import pytest

from decoder_search.views.plots.history import draw, draw_chart
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.look import house_style


def test_a_trial_stands_at_its_own_number_and_the_best_never_gets_worse(subject: Subject) -> None:
    later = tuple(trial for trial in subject.study.trials if trial.number != 2)
    with house_style():
        axes = draw(replace(subject, metric="mse", study=replace(subject.study, trials=later))).axes[0]
    numbers = [x for x, _ in axes.collections[0].get_offsets().tolist()]
    assert numbers == list(axes.lines[0].get_xdata()) == [0, 1, 3, 4, 5, 6, 7, 8]
    best = list(axes.lines[0].get_ydata())
    assert best == sorted(best, reverse=True) and best[-1] == 0.03


def test_the_page_shows_the_same(subject: Subject) -> None:
    pytest.importorskip("plotly")
    dots, line = draw_chart(subject).data[:2]
    assert list(dots.x) == list(range(9))
    assert list(line.y) == [90 + 0.5 * number for number in range(9)]
