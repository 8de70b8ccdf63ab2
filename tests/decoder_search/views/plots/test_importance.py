from __future__ import annotations

from dataclasses import replace

import pytest

from decoder_search.analysis.importance import measure_importances
from decoder_search.views.plots.importance import draw
from decoder_search.views.plots.subject import Subject
from encodenet_core import ConfigError
from encodenet_core.figures.look import house_style


def test_bars_are_what_the_command_measures_the_longest_first(subject: Subject) -> None:
    shares = measure_importances(subject.study).shares
    with house_style():
        axes = draw(subject).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    widths = [bar.get_width() for bar in axes.containers[0]]
    assert sorted(widths) == pytest.approx(sorted(shares["accuracy"].values()))
    largest = [max(widths[row], axes.containers[1][row].get_width()) for row in range(len(names))]
    assert largest == sorted(largest, reverse=True)
    assert sorted(names) == ["depth", "method", "n_clusters"]


def test_too_few_trials_are_refused(subject: Subject) -> None:
    few = replace(subject, study=replace(subject.study, trials=subject.study.trials[:3]))
    with pytest.raises(ConfigError, match="has 3 completed trials, too few"):
        draw(few)
