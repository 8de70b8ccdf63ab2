from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from decoder_search.records.journal import Journal
from decoder_search.records.trial_record import Proposal, TrialRecord
from decoder_search.views.browser.watching import StudyFile


def test_what_happened_since_the_last_look_is_told(
    study_folder: Path, make_trial: Callable[..., TrialRecord]
) -> None:
    file = StudyFile(study_folder)
    assert (file.look(), file.look()) == ("trials", "same")
    with Journal.open(study_folder, dict) as journal:  # type: ignore[arg-type]
        journal.started(Proposal(9, {}))
        assert file.look() == "trials"
        journal.reported(9, 1, {"loss": 0.5})
        journal.reported(9, 2, {"loss": 0.4})
        assert (file.look(), file.look()) == ("reports", "same")
        journal.reported(9, 3, {"loss": 0.3})
        journal.finished(make_trial(9))
        assert (file.look(), file.look()) == ("trials", "same")


def test_a_line_that_is_not_whole_yet_is_looked_at_twice(study_folder: Path) -> None:
    file = StudyFile(study_folder)
    file.look()
    with (study_folder / "trials.jsonl").open("ab") as trials:
        trials.write(b'{"time": "now", "event": "reported", "number": 0, ')
        trials.flush()
        assert file.look() == "trials"
        trials.write(b'"step": 9, "values": {}}\n')
        trials.flush()
        assert file.look() == "trials"


def test_confirmations_are_news_and_a_file_that_is_gone_is_none(study_folder: Path) -> None:
    file = StudyFile(study_folder)
    file.look()
    (study_folder / "confirmed.jsonl").write_text("")
    assert file.look() == "trials"
    (study_folder / "trials.jsonl").unlink()
    assert file.look() == "same"
