"""Charts as pictures of a page, each drawn for light and for dark."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from decoder_search.analysis.importance import FEWEST_TRIALS, measure_importances
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import short_names
from decoder_search.views.plots import importance, pareto
from decoder_search.views.plots.elbow import draw_elbow
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.words import own_names
from decoder_search.views.report.album import data_url, missing
from decoder_search.views.report.illustrating import Illustration
from decoder_search.views.report.markup import Markup, element, joined
from encodenet_core.figures.look import DARK, LIGHT, house_style, save_page


def pareto_section(study: StudyRecord) -> Markup:
    """Reconstruction against accuracy of all completed trials."""
    subject = Subject(study)
    if not subject.completed:
        shown = missing("No trial has completed, so there is nothing to draw.")
    else:
        front = ", ".join(str(trial.number) for trial in pareto.front_trials(subject))
        words = (
            f"Scatter plot of {len(subject.completed)} completed trials, {study.settings.reconstruction} "
            f"across and accuracy upwards. On the Pareto front, the most accurate first: trial {front}."
        )
        shown = chart(subject, pareto.draw, words)
    return joined([element("h2", "Pareto front", id="pareto"), shown])


def importance_section(study: StudyRecord) -> Markup:
    """Which params mattered, and what must be known to read that."""
    head = element("h2", "Which params mattered", id="importance")
    n_completed = sum(trial.state == "completed" for trial in study.trials)
    if n_completed < FEWEST_TRIALS:
        words = f"{n_completed} trials have completed; from {FEWEST_TRIALS} on it can be said what mattered."
        return joined([head, missing(words)])
    measured = measure_importances(study)
    names = short_names(list(measured.active))
    sentences = []
    for metric, shares in measured.shares.items():
        ordered = sorted(shares, key=lambda path: -shares[path])
        if ordered:
            sentences.append(
                f"for {metric}: {', '.join(f'{names[path]} {shares[path]:.0%}' for path in ordered)}"
            )
    notes = element("ul", *(element("li", note) for note in measured.notes), class_="note")
    words = f"Bar chart of importances, {'; '.join(sentences) or 'all of them unknown'}."
    return joined([head, chart(Subject(study), importance.draw, words), notes])


def elbow_section(study: StudyRecord, illustration: Illustration) -> Markup:
    """How the inertia falls with the number of clusters."""
    head = element("h2", "How many clusters", id="elbow")
    if illustration.pictures is None:
        return joined([head, missing(illustration.reason)])
    curves = illustration.pictures.elbow
    words = (
        f"Line chart of inertia over 1 to {len(curves.median)} clusters in each of {len(curves.inertias)} "
        f"classes. The median falls from {curves.median[0]:.3g} to {curves.median[-1]:.3g}; "
        f"its elbow is at {curves.elbow}."
    )
    return joined([head, chart(Subject(study), lambda subject: draw_elbow(subject, curves), words)])


def chart(subject: Subject, draw: Callable[[Subject], Figure], description: str) -> Markup:
    """A figure that follows the light or dark of the page; on paper it is light.

    Args:
        subject: what it shows.
        draw: makes the figure in the colours of the subject.
        description: what a reader who does not see it needs to know.
    """
    light, dark = (
        data_url("image/svg+xml", _svg(replace(subject, colours=colours), draw)) for colours in (LIGHT, DARK)
    )
    picture = element(
        "picture",
        element("source", srcset=dark, media="screen and (prefers-color-scheme: dark)"),
        element("img", src=light, alt=description),
    )
    return element("figure", picture, class_="chart scroll", tabindex=0, role="group", aria_label="Chart")


def _svg(subject: Subject, draw: Callable[[Subject], Figure]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, house_style(subject.colours, own_names(subject.study)):
        path = Path(folder) / "chart.svg"
        save_page(draw(subject), path)
        return path.read_bytes()
