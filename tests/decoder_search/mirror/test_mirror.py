from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.artifacts import get_all_artifact_meta
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState

from decoder_search.mirror.address import MirrorAddress
from decoder_search.mirror.mirror import Mirror
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.search_space import SearchSpace

MakeTrial = Callable[..., TrialRecord]
MakeStudy = Callable[..., StudyRecord]

ENDED = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture(params=["memory", "journal", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseStorage]:
    texts = {"journal": str(tmp_path / "journal.log"), "sqlite": f"sqlite:///{tmp_path}/mirror.db"}
    if request.param == "memory":
        yield InMemoryStorage()
        return
    opened = MirrorAddress.parse(texts[request.param], tmp_path).open()
    yield opened
    if isinstance(opened, RDBStorage):
        opened.engine.dispose()


@pytest.fixture
def study(
    make_study: MakeStudy, make_trial: MakeTrial, make_pruned: MakeTrial, tmp_path: Path
) -> StudyRecord:
    """Trials 0 completed with a picture, 1 pruned, 2 infeasible, 4 running, in a folder of their own."""
    picture = tmp_path / "tiny" / "trials" / "0" / "reconstructions.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    trials = [
        make_trial(0),
        make_pruned(1),
        make_trial(2, state="infeasible"),
        make_trial(4, state="running"),
    ]
    return replace(make_study(trials), folder=tmp_path / "tiny")


def trials_of(storage: BaseStorage, name: str = "tiny") -> list[FrozenTrial]:
    return optuna.load_study(study_name=name, storage=storage).trials


def test_trials_come_with_states_values_times_and_pictures(
    storage: BaseStorage, study: StudyRecord, tmp_path: Path
) -> None:
    Mirror(storage, tmp_path / "artifacts").update(study, {0: ENDED})
    first, pruned, infeasible, running = trials_of(storage)
    metrics = study.trials[0].metrics
    assert (first.state, first.values) == (TrialState.COMPLETE, [metrics["mse"], metrics["accuracy"]])
    assert first.datetime_complete == ENDED.astimezone().replace(tzinfo=None)
    assert first.duration is not None and first.duration.total_seconds() == study.trials[0].seconds
    assert (pruned.state, infeasible.state, running.state) == (
        TrialState.PRUNED,
        TrialState.FAIL,
        TrialState.RUNNING,
    )
    assert running.user_attrs["trial"] == 4
    (meta,) = get_all_artifact_meta(first, storage=storage)
    assert (meta.filename, meta.mimetype) == ("reconstructions.png", "image/png")
    assert (tmp_path / "artifacts" / meta.artifact_id).read_bytes() == b"a picture"
    made = optuna.load_study(study_name="tiny", storage=storage)
    assert made.metric_names == ["mse", "accuracy"]
    assert made.user_attrs["baseline_accuracy"] == study.facts.baseline_accuracy


def test_a_running_trial_is_finished_and_nothing_is_added_twice(
    storage: BaseStorage, study: StudyRecord, make_trial: MakeTrial, tmp_path: Path
) -> None:
    mirror = Mirror(storage, tmp_path / "artifacts")
    mirror.update(study, {})
    later = replace(study, trials=(*study.trials[:3], make_trial(4, accuracy=0.99), make_trial(5)))
    for anew in (mirror, mirror, Mirror(storage, tmp_path / "artifacts")):
        anew.update(later, {})
        seen = trials_of(storage)
        assert [trial.user_attrs["trial"] for trial in seen] == [0, 1, 2, 4, 5]
        assert seen[3].state == TrialState.COMPLETE and seen[3].values[1] == 0.99
        assert seen[3].user_attrs["accuracy"] == 0.99
    assert len(list((tmp_path / "artifacts").iterdir())) == 1
    assert len(storage.get_all_studies()) == 1


def test_facts_that_are_found_out_later_are_added(
    storage: BaseStorage, study: StudyRecord, tmp_path: Path
) -> None:
    early = replace(study.facts, control_training_accuracy=None, control_training_epochs=None)
    mirror = Mirror(storage, tmp_path / "artifacts")
    mirror.update(replace(study, facts=early), {})
    assert "control_training_accuracy" not in optuna.load_study(study_name="tiny", storage=storage).user_attrs
    mirror.update(study, {})
    made = optuna.load_study(study_name="tiny", storage=storage)
    assert made.user_attrs["control_training_accuracy"] == study.facts.control_training_accuracy


def test_a_mirror_that_was_cut_off_goes_on_with_its_running_trials(
    storage: BaseStorage, study: StudyRecord, make_trial: MakeTrial, tmp_path: Path
) -> None:
    Mirror(storage, tmp_path / "artifacts").update(study, {})
    picture = tmp_path / "tiny" / "trials" / "4" / "reconstructions.png"
    picture.parent.mkdir()
    picture.write_bytes(b"another")
    later = replace(study, trials=(*study.trials[:3], make_trial(4)))
    Mirror(storage, tmp_path / "artifacts").update(later, {})
    last = trials_of(storage)[-1]
    assert last.state == TrialState.COMPLETE
    assert len(trials_of(storage)) == 4
    assert [meta.filename for meta in get_all_artifact_meta(last, storage=storage)] == [picture.name]


def test_a_trial_whose_start_was_lost_in_a_power_cut_is_taken_back(
    storage: BaseStorage, study: StudyRecord, make_trial: MakeTrial, tmp_path: Path
) -> None:
    Mirror(storage, tmp_path).update(study, {})
    other = make_trial(4, {"decoder.depth": 3, "clustering.method": "hdbscan"}, state="running")
    Mirror(storage, tmp_path).update(replace(study, trials=(*study.trials[:3], other)), {})
    lost, again = trials_of(storage)[3:]
    assert (lost.state, lost.user_attrs["reason"]) == (TrialState.FAIL, "the study has taken this trial back")
    assert (again.state, again.params["decoder.depth"]) == (TrialState.RUNNING, 3)


def test_a_study_of_somebody_else_is_left_alone(
    storage: BaseStorage, study: StudyRecord, tmp_path: Path
) -> None:
    theirs = optuna.create_study(study_name="tiny", storage=storage)
    theirs.add_trial(optuna.trial.create_trial(value=1.0))
    for _ in range(2):
        Mirror(storage, tmp_path).update(study, {})
    assert [trial.value for trial in trials_of(storage)] == [1.0]
    assert len(trials_of(storage, "tiny-2")) == 4


@pytest.mark.parametrize("change", ["begun anew", "another space"])
def test_a_version_of_the_study_has_a_mirror_of_its_own(
    change: str, study: StudyRecord, make_space: Callable[[], SearchSpace], tmp_path: Path
) -> None:
    storage = InMemoryStorage()
    mirror = Mirror(storage, tmp_path)
    mirror.update(study, {})
    changes: dict[str, Any] = {
        "begun anew": {"created": "2025-01-01T00:00:00+00:00"},
        "another space": {"space": make_space().with_constants({"dataset.limit": 100})},
    }
    later = replace(study, settings=replace(study.settings, **changes[change]), trials=study.trials[:1])
    mirror.update(later, {})
    assert len(trials_of(storage)) == 4 and len(trials_of(storage, "tiny-2")) == 1


def test_a_study_that_is_not_prepared_leaves_no_trace(
    make_study: MakeStudy, make_trial: MakeTrial, tmp_path: Path
) -> None:
    storage = InMemoryStorage()
    mirror = Mirror(storage, tmp_path)
    mirror.update(make_study([make_trial(0)], prepared=False), {})
    assert (storage.get_all_studies(), mirror.study_id) == ([], None)


def test_a_picture_that_cannot_be_read_is_said_by_whom_it_stops(study: StudyRecord, tmp_path: Path) -> None:
    picture = study.folder / "trials" / "0" / "reconstructions.png"
    picture.unlink()
    picture.mkdir()
    with pytest.raises(IsADirectoryError):
        Mirror(InMemoryStorage(), tmp_path).update(study, {})
