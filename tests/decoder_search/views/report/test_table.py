from __future__ import annotations

import re
from dataclasses import replace

import pytest

from decoder_search.analysis.rows import leaderboard_rows
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.table import leaderboard_section, sort_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("61.25 ±1.09", "61.25"),
        ("+1.50", "1.5"),
        ("-0.20", "-0.2"),
        ("67.7k", "67700"),
        ("1.25M", "1.25e+06"),
        ("★", "1"),
        ("✓97.00", "97"),
        ("1e-05", "1e-05"),
        ("88.00 probe", ""),
        ("", ""),
        ("3 of 4", "3 of 4"),
        ("nearest", "nearest"),
    ],
)
def test_values_sort_by_what_they_mean(text: str, value: str) -> None:
    assert sort_value(text) == value


def test_the_table_is_the_leaderboard_with_reasons(study: StudyRecord) -> None:
    made = leaderboard_section(study)
    rows = re.findall(r"<tr.*?</tr>", made.partition("<tbody>")[2])
    shown = [re.findall(r"<td.*?>(.*?)</td>", row)[1] for row in rows]
    assert shown == [str(row["trial"]) for row in leaderboard_rows(study)]
    assert rows[0].startswith('<tr class="winner">') and rows[-1].startswith('<tr class="unranked">')
    assert "class 7 has 3 images</td>" in rows[-1] and 'class="why"></td>' in rows[6]
    assert '<th scope="col" class="number" data-first="descending">accuracy % ↑</th>' in made
    assert "Δ base: the baseline (95.00 %)" in made


def test_a_state_is_no_accuracy(study: StudyRecord) -> None:
    assert '<td class="number" data-value="">failed</td>' in leaderboard_section(study)


def test_of_very_many_trials_the_first_are_shown(study: StudyRecord) -> None:
    many = tuple(replace(study.trials[0], number=number) for number in range(510))
    made = leaderboard_section(replace(study, trials=many))
    assert made.count("<tr") == 501 and "10 more trials are left out" in made


def test_a_study_without_trials_says_so(study: StudyRecord) -> None:
    assert "There is no trial yet." in leaderboard_section(replace(study, trials=()))
