"""The leaderboard as a table that sorts by any column, and is whole where no script runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from decoder_search.analysis.rows import LeaderboardOptions, Row, leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.markup import Markup, element, joined, prose
from decoder_search.views.terminal.columns import Column, identity_columns, measured_columns, param_columns
from decoder_search.views.terminal.leaderboard import reading_notes
from encodenet_core.errors import one_line

MOST_ROWS = 500
THOUSANDS = {"k": 1e3, "M": 1e6}
TONES = {"green": "better", "red": "worse"}
LONGEST_REASON = 200


def leaderboard_section(study: StudyRecord) -> Markup:
    """The trials, best first, and how to read them."""
    rows = leaderboard_rows(study, LeaderboardOptions(top=MOST_ROWS))
    head = element("h2", "Leaderboard", id="leaderboard")
    if not rows:
        return joined([head, element("p", "There is no trial yet.")])
    notes = [element("li", re.sub(r"^ +(\w+) +", r"Δ \1: ", note)) for note in reading_notes(study, rows)]
    return joined(
        [head, build_table(study, rows), element("ul", *notes, class_="note"), *_left_out(study, rows)]
    )


def build_table(study: StudyRecord, rows: Sequence[Row]) -> Markup:
    """The rows below the same headers as in the terminal."""
    columns = [*identity_columns(rows), *measured_columns(study.settings, rows), *param_columns(rows)]
    reasons = any(map(_reason, rows))
    heads = [_head(column) for column in columns] + (
        [element("th", "why no rank", scope="col")] if reasons else []
    )
    body = [
        element(
            "tr",
            *(_cell(column, row) for column in columns),
            *([element("td", _reason(row), class_="why")] if reasons else []),
            class_="winner" if row["rank"] == 1 else None if row["rank"] else "unranked",
        )
        for row in rows
    ]
    table = element(
        "table",
        element("caption", "All trials, best first. With scripts on, a click on a heading sorts by it."),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_="sortable",
    )
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label="Leaderboard")


def sort_value(text: str) -> str:
    """What a shown value sorts by: a number where it starts with one, nothing where it is no measurement."""
    if text == "★":
        return "1"
    if text.endswith("probe"):
        return ""
    found = re.match(r"✓?([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)([kM]?)(?= ±|$)", text)
    return text if found is None else f"{float(found[1]) * THOUSANDS.get(found[2], 1):g}"


def _head(column: Column) -> Markup:
    words = re.sub(r"-\n", "", column.header).replace("\n", " ")
    better_first = "↑" in words or words.startswith("Δ")
    return element(
        "th",
        words,
        scope="col",
        class_="number" if column.is_number else None,
        data_first="descending" if better_first else None,
    )


def _cell(column: Column, row: Row) -> Markup:
    text = column.show(row)
    is_state = column.is_number and text == row["state"]
    classes = [*(["number"] if column.is_number else []), *filter(None, [TONES.get(column.style(row))])]
    return element(
        "td", text, class_=" ".join(classes) or None, data_value="" if is_state else sort_value(text)
    )


def _reason(row: Row) -> str:
    """Of pruned trials there are many, and it is the same for all."""
    return "" if row["state"] == "pruned" else one_line(row["reason"] or "", LONGEST_REASON)


def _left_out(study: StudyRecord, rows: Sequence[Row]) -> list[Markup]:
    n_more = len(study.trials) - len(rows)
    if n_more < 1:
        return []
    words = f"{n_more:,} more trials are left out; `decoder-search leaderboard` shows all."
    return [prose(words, class_="note")]
