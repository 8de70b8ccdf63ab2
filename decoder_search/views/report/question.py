"""What the study asked, of which data."""

from __future__ import annotations

from decoder_search.analysis.ranking import sole_objective
from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import counted
from decoder_search.space.metrics import METRICS
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, Parameter
from decoder_search.views.report.markup import Markup, element, joined
from encodenet_core.errors import one_line
from encodenet_core.io.quantities import duration

EXPLANATION = (
    "EncodeNet divides the images of each class into clusters, takes in each cluster the image that the "
    "baseline classifies most confidently, and trains an autoencoder to turn every image into the one that "
    "stands for its cluster. Its encoder, frozen, gets new classification layers. The result is exactly as "
    "large as the baseline."
)


def question_section(study: StudyRecord) -> Markup:
    """The question, what was searched, how, and how long it took."""
    return joined(
        [
            element("h2", "The question", id="question"),
            element("p", _question(study), class_="lead"),
            element("dl", *_answers(study)),
            element("p", EXPLANATION),
        ]
    )


def _question(study: StudyRecord) -> str:
    config = study.settings.space.to_config({})
    network = "your network" if config.baseline.model else f"the network “{config.baseline.architecture}”"
    data = one_line(study.facts.dataset_name or config.dataset.source)
    return (
        f"With which decoder, clusters and targets does EncodeNet raise the accuracy of {network} "
        f"on “{data}” without making it larger?"
    )


def _answers(study: StudyRecord) -> list[Markup]:
    settings = study.settings
    counts = counted(trial.state for trial in study.trials)
    sole = sole_objective(settings)
    answers = {
        "Data": _data(study.facts),
        "Objective": sole
        or f"the Pareto front of {METRICS[settings.accuracy_metric].words} and {settings.reconstruction}",
        "Searched by": f"{settings.sampler} ({settings.engine}), seed {settings.seed}",
        "Trials": f"{counts or 'none yet'}, in {duration(study.seconds_used)} of wall time",
    }
    about = one_line(settings.space.description)
    items = [*([("Search space", f"{settings.space.name}: {about}")] if about else []), *answers.items()]
    searched = [
        element("li", element("code", each.path), f": {_values(each)}") for each in settings.space.parameters
    ]
    return [
        *(part for name, words in items for part in (element("dt", name), element("dd", words))),
        element("dt", "What was searched"),
        element("dd", element("ul", *searched)),
    ]


def _data(facts: StudyFacts) -> str:
    if None in (facts.num_classes, facts.n_train, facts.n_validation):
        return "The study was never prepared, so its data are not known."
    return (
        f"{facts.num_classes} classes; {facts.n_train:,} training and {facts.n_validation:,} "
        "validation images. A search never sees the test set."
    )


def _values(parameter: Parameter) -> str:
    if isinstance(parameter, ChoiceParameter):
        words = ", ".join(one_line(str(choice)) for choice in parameter.choices)
    else:
        words = f"{parameter.low:g} to {parameter.high:g}"
        words += ", on a logarithmic scale" if isinstance(parameter, FloatParameter) and parameter.log else ""
    when = " and ".join(
        f"{path} is {' or '.join(one_line(str(value)) for value in values)}"
        for path, values in parameter.when.items()
    )
    return f"{words}{f' (where {when})' if when else ''}"
