from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from decoder_search.analysis.formats import format_rows
from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord


def test_json_is_a_list_of_objects(study: StudyRecord) -> None:
    rows = leaderboard_rows(study)
    assert json.loads(format_rows(rows, "json")) == rows
    assert json.loads(format_rows([], "json")) == []


def test_csv_has_a_header_and_a_line_a_row(study: StudyRecord) -> None:
    rows = leaderboard_rows(study)
    read = list(csv.DictReader(io.StringIO(format_rows(rows, "csv"))))
    assert [row["trial"] for row in read] == ["2", "0", "3", "1"]
    assert float(read[0]["accuracy"]) == 0.97
    assert format_rows([], "csv").startswith("rank,trial")


def test_markdown_is_a_table_whose_cells_stay_in_their_columns(
    make_study: Callable[..., StudyRecord], make_trial: Callable[..., TrialRecord]
) -> None:
    study = make_study([make_trial(0), make_trial(1, state="failed"), make_trial(2, {"decoder.depth": 2})])
    lines = format_rows(leaderboard_rows(study), "markdown").splitlines()
    assert len(lines) == 5
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert format_rows([], "markdown").startswith("| rank | trial |")
