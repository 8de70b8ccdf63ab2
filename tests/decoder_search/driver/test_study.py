"""The loop of a study with real worker processes, whose trials take no time and end as they are told."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from decoder_search.driver import housekeeping
from decoder_search.driver.budget import UNLIMITED, Budget, TrialLimits
from decoder_search.driver.housekeeping import Housekeeping, Storage
from decoder_search.driver.study import Study
from decoder_search.engines.optuna.engine import OptunaEngine
from decoder_search.execution.local import LocalExecutor
from decoder_search.records.journal import Journal
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import Proposal
from decoder_search.space.parameters import ChoiceParameter
from decoder_search.space.search_space import SearchSpace
from decoder_search.views.terminal.live import LiveView
from encodenet_core.errors import ConfigError

COMPLETES, IS_INFEASIBLE, IS_REFUSED, BREAKS, DIES, DIES_ONCE, SLEEPS, FILLS_THE_DISK = range(1, 9)
"""How a trial ends whose decoder has this depth."""

TOY_WORKER = """
import json, os, signal, time
from pathlib import Path
from decoder_search.execution.serving import main
from encodenet_core import ConfigError, InfeasibleConfig

METRICS = ["mse", "retrieval", "explained_variance", "n_targets", "target_variance", "accuracy",
           "cross_entropy", "control_features_accuracy", "decoder_parameters"]

def run_task(task, report):
    report("autoencoder", 1, 2, {"loss": 0.5, "gradient": float("nan")})
    report("classifier", 1, 1, {"loss": 0.25})
    if task["keep_weights"]:
        weights = Path(task["folder"], "weights")
        weights.mkdir(parents=True, exist_ok=True)
        Path(weights, "encodenet.keras").write_bytes(bytes(1_000_000))
    if task["expected"]:
        Path(task["folder"]).mkdir(parents=True, exist_ok=True)
        Path(task["folder"], "expected.json").write_text(json.dumps(task["expected"]))
    match task["params"]["decoder.depth"]:
        case 2:
            raise InfeasibleConfig("too deep")
        case 3:
            if not Path(task["cache"], "mended").exists():
                raise ConfigError("no weights")
        case 4:
            raise ValueError("a bug")
        case 5:
            os.kill(os.getpid(), signal.SIGKILL)
        case 6:
            tried = Path(task["folder"], "tried")
            if not tried.exists():
                tried.parent.mkdir(parents=True, exist_ok=True)
                tried.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case 7:
            time.sleep(600)
        case 8:
            Path(task["folder"]).mkdir(parents=True, exist_ok=True)
            Path(task["folder"], "reconstructions.png").write_bytes(bytes(1_000_000))
    return {**dict.fromkeys(METRICS, 0.5), "mse": 0.5 + int(Path(task["folder"]).name)}

if __name__ == "__main__":
    main(run_task)
"""

RunStudy = Callable[..., StudyRecord]


def build_settings(depths: tuple[int, ...]) -> StudySettings:
    space = SearchSpace("toy", (ChoiceParameter("decoder.depth", depths),), {"seed": 0}, {})
    return StudySettings("toy", space, 0, "random", "mse", "2024-05-06T07:08:09+00:00", {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "toy"


@pytest.fixture
def news() -> io.StringIO:
    """What the view printed."""
    return io.StringIO()


@pytest.fixture
def run_study(folder: Path, tmp_path: Path, news: io.StringIO) -> RunStudy:
    """Starts a study of decoders of these depths, or goes on with it."""
    (tmp_path / "toy_study_worker.py").write_text(TOY_WORKER)

    def run(
        *depths: int,
        n_trials: int,
        n_workers: int = 2,
        deadline: float | None = None,
        limits: TrialLimits = UNLIMITED,
        storage: Storage = Storage(0),  # noqa: B008 - frozen
        interrupted: Callable[[], bool] = lambda: False,
    ) -> StudyRecord:
        settings = build_settings(depths)
        view = LiveView(Console(file=news, width=300), study_name="toy", n_trials=n_trials, deadline=deadline)
        executor = LocalExecutor(
            n_workers,
            threads=1,
            log_folder=tmp_path / "logs",
            module="toy_study_worker",
            environments=[{"PYTHONPATH": str(tmp_path)}],
        )
        with Journal.open(folder, lambda: settings) as journal, executor:
            recorded = read_study(folder)
            engine = OptunaEngine(
                recorded.settings.space, sampler="random", reconstruction="mse", seed=0, n_trials=n_trials
            )
            keeping = Housekeeping(recorded, tmp_path, storage, view.say)
            study = Study(
                journal, recorded, engine=engine, executor=executor, view=view, housekeeping=keeping
            )
            study.run(Budget(n_trials, deadline, grace=60.0), interrupted, limits)
        return read_study(folder)

    return run


def events(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "trials.jsonl").read_text().splitlines():
        yield json.loads(line)


def states(study: StudyRecord) -> list[tuple[int, str, int]]:
    return [(trial.number, trial.state, trial.attempts) for trial in study.trials]


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


def test_trials_are_sent_the_facts_that_the_preparation_found(run_study: RunStudy, folder: Path) -> None:
    facts = {"dataset_fingerprint": "0123456789abcdef", "baseline_key": "baseline-0123"}
    with Journal.open(folder, lambda: build_settings((COMPLETES,))) as journal:
        journal.prepared(facts)
    run_study(COMPLETES, n_trials=1)
    assert json.loads((folder / "trials" / "0" / "expected.json").read_text()) == facts


def test_failures_between_others_do_not_end_the_study(run_study: RunStudy) -> None:
    study = run_study(COMPLETES, IS_INFEASIBLE, BREAKS, n_trials=12, n_workers=1)
    assert [trial.state for trial in study.trials].count("failed") >= 3
    assert len(study.trials) == 12


def test_the_number_of_trials_counts_those_of_earlier_starts(run_study: RunStudy, folder: Path) -> None:
    earlier = run_study(COMPLETES, n_trials=2)
    later = run_study(COMPLETES, n_trials=3)
    assert later.trials[:2] == earlier.trials
    assert states(later) == [(number, "completed", 1) for number in range(3)]
    assert states(run_study(COMPLETES, n_trials=3)) == states(later)


def test_an_interrupted_trial_is_run_again_before_any_new_one(run_study: RunStudy, folder: Path) -> None:
    with Journal.open(folder, lambda: build_settings((COMPLETES, IS_INFEASIBLE))) as journal:
        journal.started(Proposal(0, {"decoder.depth": IS_INFEASIBLE}))
    study = run_study(COMPLETES, IS_INFEASIBLE, n_trials=2, n_workers=1)
    assert states(study)[0] == (0, "infeasible", 1)
    started = [event["trial"]["number"] for event in events(folder) if event["event"] == "started"]
    assert started == [0, 0, 1]


@pytest.mark.parametrize(
    ("ends", "attempt", "state", "attempts"),
    [
        (COMPLETES, 3, "completed", 3),
        (DIES_ONCE, 2, "completed", 3),
        (DIES, 1, "failed", 3),
        (DIES, 3, "failed", 3),
    ],
)
def test_a_driver_that_was_stopped_costs_a_trial_no_attempt_but_workers_that_died_before_do(
    run_study: RunStudy, folder: Path, ends: int, attempt: int, state: str, attempts: int
) -> None:
    with Journal.open(folder, lambda: build_settings((ends,))) as journal:
        for earlier in range(1, attempt + 1):
            journal.started(Proposal(0, {"decoder.depth": ends}), earlier)
    assert states(run_study(ends, n_trials=1)) == [(0, state, attempts)]
    begun = [event["trial"]["attempts"] for event in events(folder) if event["event"] == "started"]
    assert begun == [*range(1, attempt + 1), *range(attempt, attempts + 1)]


def test_interrupted_trials_are_held_to_the_number_of_trials_too(run_study: RunStudy, folder: Path) -> None:
    run_study(COMPLETES, n_trials=3)
    with Journal.open(folder, lambda: build_settings((COMPLETES,))) as journal:
        for number in (3, 4):
            journal.started(Proposal(number, {"decoder.depth": COMPLETES}))
    before = len(list(events(folder)))
    study = run_study(COMPLETES, n_trials=4)
    assert states(study) == [*((number, "completed", 1) for number in range(4)), (4, "running", 1)]
    started = [event["trial"]["number"] for event in list(events(folder))[before:] if "trial" in event]
    assert started == [3, 3]
    assert states(run_study(COMPLETES, n_trials=5))[4] == (4, "completed", 1)


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


def test_a_spent_time_budget_starts_no_trial_and_lets_running_ones_finish(run_study: RunStudy) -> None:
    assert run_study(COMPLETES, n_trials=4, deadline=time.monotonic()).trials == ()
    study = run_study(COMPLETES, n_trials=5000, deadline=time.monotonic() + 1)
    assert 0 < len(study.trials) < 5000
    assert {trial.state for trial in study.trials} == {"completed"}


def test_a_trial_over_its_time_is_infeasible_and_not_tried_again(run_study: RunStudy) -> None:
    study = run_study(SLEEPS, n_trials=1, limits=TrialLimits(seconds=1.5))
    assert states(study) == [(0, "infeasible", 1)]
    assert study.trials[0].reason == "it took longer than the 2s of --trial-timeout"


def test_a_trial_over_its_memory_is_infeasible_and_not_tried_again(run_study: RunStudy) -> None:
    study = run_study(SLEEPS, n_trials=1, limits=TrialLimits(memory=1_000_000))
    assert states(study) == [(0, "infeasible", 1)]
    assert study.trials[0].reason.endswith("more than the 1 MB of --trial-memory")


def weights(folder: Path) -> list[int]:
    return sorted(int(path.parent.name) for path in (folder / "trials").glob("*/weights"))


def test_the_best_trials_keep_their_weights_and_a_later_driver_may_keep_fewer(
    run_study: RunStudy, folder: Path
) -> None:
    run_study(COMPLETES, n_trials=4, storage=Storage(2))
    assert weights(folder) == [0, 1]
    run_study(COMPLETES, n_trials=5, storage=Storage(1))
    assert weights(folder) == [0]


def test_where_no_weights_are_kept_no_trial_is_asked_for_them(run_study: RunStudy, folder: Path) -> None:
    run_study(COMPLETES, n_trials=2, storage=Storage(0))
    assert not (folder / "trials").exists()


def test_a_study_that_fills_its_disk_ends_with_the_reason_and_goes_on_with_more(
    run_study: RunStudy, folder: Path, news: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "SHARE_OF_TIME", float("inf"))
    study = run_study(FILLS_THE_DISK, n_trials=6, n_workers=1, storage=Storage(1, 3_500_000))
    assert states(study) == [(number, "completed", 1) for number in range(3)]
    said = news.getvalue()
    assert "the study takes 4.0 MB of the 3.5 MB of --max-disk, which leaves less than a tenth" in said
    assert "give a larger --max-disk to go on" in said
    study = run_study(FILLS_THE_DISK, n_trials=6, n_workers=1, storage=Storage(1, 35_000_000))
    assert states(study) == [(number, "completed", 1) for number in range(6)]
    assert weights(folder) == [0]
