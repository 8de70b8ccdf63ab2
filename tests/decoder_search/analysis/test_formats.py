from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from decoder_search.analysis.formats import format_rows
from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord

MakeStudy = Callable[..., StudyRecord]


MakeTrial = Callable[..., TrialRecord]


def params(depth: int, n_clusters: int | None = None) -> dict[str, str | int]:
    if n_clusters is None:
        return {"decoder.depth": depth, "clustering.method": "hdbscan"}
    return {"decoder.depth": depth, "clustering.method": "kmeans", "clustering.n_clusters": n_clusters}


@pytest.fixture
def study(make_study: MakeStudy, make_trial: MakeTrial) -> StudyRecord:
    """Three completed trials in two clusterings, the best one numbered 2, and one that failed."""
    return make_study(
        [
            make_trial(0, params(1), accuracy=0.94, mse=0.02),
            make_trial(1, params(1), state="failed"),
            make_trial(2, params(2, 3), accuracy=0.97, mse=0.06),
            make_trial(3, params(2), accuracy=0.93, mse=0.07),
        ]
    )


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
    make_study: MakeStudy, make_trial: MakeTrial
) -> None:
    study = make_study([make_trial(0), make_trial(1, state="failed"), make_trial(2, {"decoder.depth": 2})])
    lines = format_rows(leaderboard_rows(study), "markdown").splitlines()
    assert len(lines) == 5
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert format_rows([], "markdown").startswith("| rank | trial |")
