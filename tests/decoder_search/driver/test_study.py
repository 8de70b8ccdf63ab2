"""The loop of a study: trials that end in every way, are tried again, and go on after an interrupt."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest
from toy_study_records import RunStudy, StudyOf, events, states

from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.study_record import read_study
from decoder_search.records.trial_record import Proposal
from encodenet_core.errors import ConfigError

COMPLETES, IS_INFEASIBLE, IS_REFUSED, BREAKS, DIES, DIES_ONCE, SLEEPS = range(1, 8)
"""How a trial ends whose decoder has this depth."""


def test_every_trial_is_started_and_finished_once_under_its_number(run_study: RunStudy, folder: Path) -> None:
    study = run_study(COMPLETES, n_trials=5)
    assert states(study) == [(number, "completed", 1) for number in range(5)]
    assert {trial.metrics["accuracy"] for trial in study.trials} == {0.5}
    for kind in ("started", "finished"):
        numbers = [event["trial"]["number"] for event in events(folder) if event["event"] == kind]
        assert sorted(numbers) == [0, 1, 2, 3, 4]


def test_finite_values_of_the_autoencoder_are_recorded_at_every_step(
    run_study: RunStudy, folder: Path
) -> None:
    run_study(COMPLETES, n_trials=1)
    (report,) = (event for event in events(folder) if event["event"] == "reported")
    assert (report["number"], report["step"], report["values"]) == (0, 1, {"loss": 0.5})


def test_a_trial_that_cannot_run_is_recorded_with_its_reason_and_the_study_goes_on(
    run_study: RunStudy,
) -> None:
    study = run_study(COMPLETES, IS_INFEASIBLE, n_trials=8)
    assert len(study.trials) == 8
    by_depth = {trial.params["decoder.depth"]: (trial.state, trial.reason) for trial in study.trials}
    assert by_depth == {COMPLETES: ("completed", ""), IS_INFEASIBLE: ("infeasible", "too deep")}


def test_a_trial_whose_worker_dies_is_tried_again(run_study: RunStudy, news: io.StringIO) -> None:
    assert states(run_study(DIES_ONCE, n_trials=2)) == [(0, "completed", 2), (1, "completed", 2)]
    assert "trial 0: its worker died (killed by SIGKILL); it is tried again" in news.getvalue()


def test_a_trial_whose_workers_always_die_has_failed_after_three_of_them(run_study: RunStudy) -> None:
    study = run_study(DIES, n_trials=1)
    assert states(study) == [(0, "failed", 3)]
    assert study.trials[0].reason == "killed by SIGKILL"


def test_a_trial_that_breaks_has_failed_and_its_traceback_lies_beside_it(
    run_study: RunStudy, folder: Path
) -> None:
    study = run_study(BREAKS, n_trials=1)
    assert states(study) == [(0, "failed", 1)]
    assert study.trials[0].reason == "ValueError: a bug"
    assert 'raise ValueError("a bug")' in (folder / "trials" / "0" / "traceback.txt").read_text()


@pytest.mark.parametrize(
    ("ends", "reason", "attempts"), [(BREAKS, "ValueError: a bug", 1), (DIES, "killed by SIGKILL", 3)]
)
def test_a_third_failure_in_a_row_ends_the_study(
    run_study: RunStudy, folder: Path, ends: int, reason: str, attempts: int
) -> None:
    with pytest.raises(ConfigError) as refused:
        run_study(ends, n_trials=8, n_workers=1)
    assert str(refused.value).startswith(f"3 trials failed in a row, the last, trial 2, with: {reason}; see ")
    assert states(read_study(folder)) == [(number, "failed", attempts) for number in range(3)]


def test_a_refused_trial_ends_the_study_with_its_reason_and_is_run_again_once_that_is_mended(
    run_study: RunStudy, folder: Path, tmp_path: Path
) -> None:
    for _ in range(4):  # more often than a trial is tried whose worker dies
        with pytest.raises(ConfigError, match="^no weights$"):
            run_study(IS_REFUSED, n_trials=2, n_workers=1)
        assert states(read_study(folder)) == [(0, "running", 1)]

    (tmp_path / "mended").touch()
    study = run_study(IS_REFUSED, n_trials=2, n_workers=1)
    assert states(study) == [(0, "completed", 1), (1, "completed", 1)]
    finished = [event["trial"]["number"] for event in events(folder) if event["event"] == "finished"]
    assert finished == [0, 1]


def test_trials_are_sent_the_facts_that_the_preparation_found(
    run_study: RunStudy, folder: Path, study_of: StudyOf
) -> None:
    facts = {"dataset_fingerprint": "0123456789abcdef", "baseline_key": "baseline-0123"}
    with Journal.open(folder, lambda: study_of(COMPLETES)) as journal:
        journal.prepared(StudyFacts(**facts))
    run_study(COMPLETES, n_trials=1)
    assert json.loads((folder / "trials" / "0" / "expected.json").read_text()) == facts


def test_failures_between_others_do_not_end_the_study(run_study: RunStudy) -> None:
    study = run_study(COMPLETES, IS_INFEASIBLE, BREAKS, n_trials=12, n_workers=1)
    assert [trial.state for trial in study.trials].count("failed") >= 3
    assert len(study.trials) == 12


def test_an_interrupted_trial_is_run_again_before_any_new_one(
    run_study: RunStudy, folder: Path, study_of: StudyOf
) -> None:
    with Journal.open(folder, lambda: study_of(COMPLETES, IS_INFEASIBLE)) as journal:
        journal.started(Proposal(0, {"decoder.depth": IS_INFEASIBLE}))
    study = run_study(COMPLETES, IS_INFEASIBLE, n_trials=2, n_workers=1)
    assert states(study)[0] == (0, "infeasible", 1)
    started = [event["trial"]["number"] for event in events(folder) if event["event"] == "started"]
    assert started == [0, 0, 1]


@pytest.mark.parametrize(
    ("ends", "attempt", "end"),
    [
        (COMPLETES, 3, ("completed", 3)),
        (DIES_ONCE, 2, ("completed", 3)),
        (DIES, 1, ("failed", 3)),
        (DIES, 3, ("failed", 3)),
    ],
)
def test_a_driver_that_was_stopped_costs_a_trial_no_attempt_but_workers_that_died_before_do(
    run_study: RunStudy, folder: Path, study_of: StudyOf, ends: int, attempt: int, end: tuple[str, int]
) -> None:
    with Journal.open(folder, lambda: study_of(ends)) as journal:
        for earlier in range(1, attempt + 1):
            journal.started(Proposal(0, {"decoder.depth": ends}), earlier)
    assert states(run_study(ends, n_trials=1)) == [(0, *end)]
    begun = [event["trial"]["attempts"] for event in events(folder) if event["event"] == "started"]
    assert begun == [*range(1, attempt + 1), *range(attempt, end[1] + 1)]


def test_a_resumed_study_tries_the_same_as_one_that_was_never_interrupted(
    run_study: RunStudy, folder: Path
) -> None:
    depths = (COMPLETES, IS_INFEASIBLE)
    whole = [trial.params for trial in run_study(*depths, n_trials=6, n_workers=1).trials]
    folder.rename(folder.with_name("whole"))
    for n_trials in (1, 3, 6):
        resumed = run_study(*depths, n_trials=n_trials, n_workers=1)
    assert [trial.params for trial in resumed.trials] == whole


def test_an_interrupt_ends_the_study_at_once_and_leaves_its_trials_to_the_next_start(
    run_study: RunStudy, folder: Path
) -> None:
    def two_have_started() -> bool:
        return sum(event["event"] == "reported" for event in events(folder)) == 2

    started = time.monotonic()
    study = run_study(SLEEPS, n_trials=4, interrupted=two_have_started)
    assert states(study) == [(0, "running", 1), (1, "running", 1)]
    assert time.monotonic() - started < 60
