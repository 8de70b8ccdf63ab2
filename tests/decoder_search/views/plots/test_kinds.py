from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import matplotlib.pyplot
import matplotlib.style
import pytest
from matplotlib.figure import Figure

from decoder_search.cli.plot import KINDS
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.plots.kinds import PLOTS, Kind
from decoder_search.views.plots.subject import Subject
from encodenet_core.figures.look import DARK, house_style

EVIL = "<b>$x_1$</b> & <script>alert(1)</script>"


@pytest.fixture
def evil(subject: Subject) -> Subject:
    """The same study under a name that holds markup and a formula."""
    settings = replace(subject.study.settings, name=EVIL)
    return replace(subject, study=replace(subject.study, settings=settings))


def text_of(figure: Figure) -> str:
    texts = figure.findobj(matplotlib.text.Text)
    return "\n".join(text.get_text() for text in texts)


def test_every_name_of_a_kind_has_its_function_and_is_one_of_the_command() -> None:
    assert list(PLOTS) == list(get_args(Kind)) == list(KINDS)


@pytest.mark.parametrize("kind", PLOTS)
def test_a_chart_on_paper_says_study_directions_and_units(kind: Kind, evil: Subject) -> None:
    style = dict(matplotlib.style.library["ggplot"])
    with house_style():
        figure = PLOTS[kind].draw(evil)
        figure.draw_without_rendering()
    words = text_of(figure)
    assert EVIL[:20].replace("$", r"\$") in words
    assert "9 completed, 1 failed, 1 infeasible, 1 pruned; digits, 400 validation images" in words
    assert any(word in words for word in ("higher is better", "lower is better", "↑", "good (%)"))
    assert "Objective Value" not in words and "Trial" not in words
    assert matplotlib.pyplot.get_fignums() == []
    assert dict(matplotlib.style.library["ggplot"]) == style


@pytest.mark.parametrize("kind", PLOTS)
def test_a_chart_as_a_page_says_the_same_and_takes_no_markup(kind: Kind, evil: Subject) -> None:
    pytest.importorskip("plotly")
    words = json.dumps(PLOTS[kind].draw_chart(evil).to_plotly_json()["layout"], default=str)
    assert "&lt;b&gt;$x_1$&lt;/b&gt; &amp; &lt;scr" in words
    assert "<script" not in words and "<b>$" not in words
    assert "9 completed, 1 failed, 1 infeasible, 1 pruned; digits, 400 validation images" in words
    assert any(word in words for word in ("higher is better", "lower is better", "\\u2191", "good (%)"))


@pytest.mark.parametrize("kind", PLOTS)
def test_colours_are_those_that_were_asked_for(kind: Kind, subject: Subject) -> None:
    dark = replace(subject, colours=DARK)
    with house_style(DARK):
        figure = PLOTS[kind].draw(dark)
    assert {matplotlib.colors.to_hex(axes.get_facecolor()) for axes in figure.axes} <= {DARK.paper.lower()}


@pytest.mark.parametrize(
    "kind", [kind for kind, plot in PLOTS.items() if plot.fewest <= 1 and kind != "importance"]
)
def test_one_trial_is_enough(kind: Kind, subject: Subject, trials: list[TrialRecord]) -> None:
    alone = replace(subject, study=replace(subject.study, trials=(trials[4],)))
    with house_style():
        assert PLOTS[kind].draw(alone).axes
    pytest.importorskip("plotly")
    assert PLOTS[kind].draw_chart(alone).data


def test_studies_of_one_objective_are_drawn_too(
    make_study: Callable[..., StudyRecord], trials: list[TrialRecord], tmp_path: Path
) -> None:
    study = make_study(trials, reconstruction="retrieval")
    for objective in ("accuracy", "reconstruction"):
        settings = replace(study.settings, objective=objective)
        one: Any = Subject(replace(study, settings=settings), "retrieval")
        for kind in ("pareto", "history", "parallel", "slice"):
            with house_style():
                assert PLOTS[kind].draw(one).axes  # type: ignore[index]
