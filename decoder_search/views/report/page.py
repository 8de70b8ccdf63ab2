"""All sections on one page that needs nothing beside itself and may load nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources

from decoder_search.analysis.ranking import rank_study
from decoder_search.analysis.verdict import confirmed_verdict, verdict
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.album import Album
from decoder_search.views.report.charts import elbow_section, importance_section, pareto_section
from decoder_search.views.report.classes import classes_section, reconstructions_section
from decoder_search.views.report.gains import gains_section
from decoder_search.views.report.illustrating import Illustration
from decoder_search.views.report.markup import Markup, element, joined, prose
from decoder_search.views.report.origin import origin_section
from decoder_search.views.report.question import question_section
from decoder_search.views.report.table import leaderboard_section
from decoder_search.views.report.winner import ranked_first, winner_section
from encodenet_core.errors import one_line

CONTENTS = {
    "question": "The question",
    "winner": "The winner",
    "controls": "Against baseline and controls",
    "leaderboard": "Leaderboard",
    "pareto": "Pareto front",
    "importance": "Which params mattered",
    "elbow": "How many clusters",
    "classes": "Clusters and representatives",
    "reconstructions": "Reconstructions",
    "origin": "How it was made",
}


def build_page(study: StudyRecord, illustration: Illustration) -> str:
    """The report as HTML.

    Args:
        study: what is recorded.
        illustration: of the winner's clusters.
    """
    ranked = rank_study(study)
    winner = ranked[0] if ranked else None
    # What is small and matters most takes its room first.
    album = Album()
    reconstructions = reconstructions_section(study, ranked, album)
    classes = classes_section(illustration, album)
    summary = (
        [confirmed_verdict(study), f"{ranked_first(study, winner)} {verdict(study, winner)}"]
        if winner
        else []
    )
    sections = [
        question_section(study),
        winner_section(study, winner),
        gains_section(study, winner),
        leaderboard_section(study),
        pareto_section(study),
        importance_section(study),
        elbow_section(study, illustration),
        classes,
        reconstructions,
        origin_section(study),
    ]
    title = f"Study {one_line(study.settings.name)}"
    return _whole_page(title, [prose(line, class_="lead") for line in summary if line], sections)


def _whole_page(title: str, summary: Sequence[Markup], sections: Sequence[Markup]) -> str:
    style, script = _own_file("style.css"), _own_file("sort.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    links = [element("li", element("a", words, href=f"#{name}")) for name, words in CONTENTS.items()]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        Markup(f"<style>{style}</style>"),
    )
    body = element(
        "body",
        element(
            "header",
            element("h1", title),
            *summary,
            element("nav", element("ul", *links), aria_label="Contents"),
        ),
        element("main", *(element("section", section) for section in sections)),
        Markup(f"<script>{script}</script>"),
    )
    return joined([Markup("<!DOCTYPE html>\n"), element("html", head, body, lang="en"), Markup("\n")])


def _own_file(name: str) -> str:
    return resources.files("decoder_search.views.report").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a policy allows a text by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
