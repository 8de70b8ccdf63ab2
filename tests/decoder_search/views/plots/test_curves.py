from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.plots.curves import BEST, COMPLETED, STOPPED, draw, draw_chart, learning_curves
from decoder_search.views.plots.subject import Subject
from encodenet_core import ConfigError
from encodenet_core.figures.look import LIGHT, house_style


def test_the_best_trial_is_drawn_last_and_every_kind_named_once(subject: Subject) -> None:
    curves = learning_curves(subject)
    assert [curve.kind for curve in curves] == [STOPPED] * 3 + [COMPLETED] * 8 + [BEST]
    assert (curves[-1].number, curves[-1].epochs) == (8, [1, 2])
    assert curves[-1].losses == pytest.approx([0.1 / 9, 0.1 / 10])
    with house_style():
        axes = draw(subject).axes[0]
    assert axes.get_legend_handles_labels()[1] == [STOPPED, COMPLETED, BEST]
    assert axes.lines[-1].get_color() == LIGHT.vermillion
    assert {line.get_linestyle() for line in axes.lines} == {":", "-"}


def test_the_page_names_every_kind_once(subject: Subject) -> None:
    pytest.importorskip("plotly")
    assert [line.name for line in draw_chart(subject).data if line.showlegend] == [STOPPED, COMPLETED, BEST]


def test_a_study_without_reports_is_refused(
    subject: Subject, make_study: Callable[..., StudyRecord], tmp_path: Path
) -> None:
    folder = tmp_path / "silent"
    with Journal.open(folder, lambda: subject.study.settings):
        pass
    with pytest.raises(ConfigError, match="no trial of study 'tiny' has reported a loss; go on with"):
        learning_curves(replace(subject, study=replace(subject.study, folder=folder)))
