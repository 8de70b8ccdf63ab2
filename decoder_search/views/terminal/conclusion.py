"""What a study comes to, below its leaderboard: what the winner gains over each, and what that is worth."""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from decoder_search.analysis.ranking import rank_study
from decoder_search.analysis.verdict import gains_told, verdict
from decoder_search.records.study_record import StudyRecord


def build_conclusion(study: StudyRecord) -> Group:
    """A line of gains and a verdict, for `rich` to print; empty before a trial has completed."""
    ranked = rank_study(study)
    if not ranked:
        return Group()
    told = filter(None, (gains_told(study, ranked[0]), verdict(study, ranked[0])))
    return Group(Text(), *map(Text, told))
