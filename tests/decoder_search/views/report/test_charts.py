from __future__ import annotations

import base64
import re
from dataclasses import replace

from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.charts import elbow_section, importance_section, pareto_section
from decoder_search.views.report.illustrating import Illustration
from encodenet_core.figures.look import DARK, LIGHT


def test_a_chart_is_there_in_light_and_in_dark(study: StudyRecord) -> None:
    made = pareto_section(study)
    dark, light = (
        base64.b64decode(content).decode().lower()
        for content in re.findall(r"image/svg\+xml;base64,([^\"]+)", made)
    )
    assert LIGHT.vermillion.lower() in light and DARK.paper.lower() not in light
    assert DARK.vermillion.lower() in dark and DARK.paper.lower() in dark
    assert 'media="screen and (prefers-color-scheme: dark)"' in made
    assert (
        'alt="Scatter plot of 6 completed trials, mse across and accuracy upwards. On the Pareto front'
        in made
    )
    assert "trial 5." in made


def test_importances_are_told_in_words_too(study: StudyRecord) -> None:
    made = importance_section(study)
    assert "Bar chart of importances, for accuracy: " in made and "depth" in made
    assert "Only 6 trials: below 20" in made


def test_the_elbow_is_told_in_words_too(study: StudyRecord, illustration: Illustration) -> None:
    made = elbow_section(study, illustration)
    assert (
        "over 1 to 3 clusters in each of 2 classes. The median falls from 4.5 to 1.25; its elbow is at 2."
        in made
    )
    assert "gone" in elbow_section(study, replace(illustration, pictures=None, reason="The cache is gone."))


def test_what_cannot_be_drawn_is_told(study: StudyRecord) -> None:
    few = replace(study, trials=study.trials[:1])
    assert "1 trials have completed; from 4 on it can be said what mattered." in importance_section(few)
    assert "there is nothing to draw" in pareto_section(replace(study, trials=study.trials[6:]))
