from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from decoder_search.engines.engine import Wait
from decoder_search.engines.keras_tuner.engine import KerasTunerEngine, check_settings
from decoder_search.engines.keras_tuner.hyperparameters import belongs
from decoder_search.engines.keras_tuner.process import OracleProcess
from decoder_search.records.settings import StudySettings, Tuner
from decoder_search.records.trial_record import Proposal, TrialRecord, trial_to_json
from decoder_search.space.metrics import METRICS
from decoder_search.space.parameters import ChoiceParameter, FloatParameter, IntParameter
from decoder_search.space.search_space import SearchSpace
from encodenet_core import ConfigError

SPACE = SearchSpace(
    "toy",
    (
        ChoiceParameter("clustering.method", ("kmeans", "hdbscan")),
        IntParameter("clustering.n_clusters", 1, 4, when={"clustering.method": ("kmeans",)}),
        FloatParameter("autoencoder.training.learning_rate", 1e-4, 1e-2, log=True),
    ),
    {"dataset.source": "digits", "autoencoder.training.epochs": 9},
    {},
)
FINITE = replace(SPACE, parameters=SPACE.parameters[:2])
"""Five points."""

TUNERS: tuple[Tuner, ...] = get_args(Tuner)
N_RANDOM_BEFORE_BAYES = 9

NewEngine = Callable[..., KerasTunerEngine]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OracleProcess]:
    """One for all engines, because it takes seconds to load; a new engine takes the place of the last."""
    process = OracleProcess(tmp_path_factory.mktemp("oracle") / "keras-tuner.log")
    yield process
    process.close()


@pytest.fixture
def new_engine(process: OracleProcess) -> NewEngine:
    def new(tuner: Tuner, space: SearchSpace = SPACE, n_trials: int = 40, **options: Any) -> KerasTunerEngine:
        settings = settings_of(tuner, space=space, **options)
        return KerasTunerEngine(settings, n_trials=n_trials, process=process)

    return new


def settings_of(tuner: str, space: SearchSpace = SPACE, **options: Any) -> StudySettings:
    known: dict[str, Any] = {"engine": "keras-tuner", "objective": "accuracy", **options}
    return StudySettings("toy", space, 0, tuner, "mse", "2024-05-06T07:08:09+00:00", {}, **known)


def ended(proposal: Proposal, state: Any = "completed") -> TrialRecord:
    rate = float(proposal.params.get("autoencoder.training.learning_rate", 0.0))
    accuracy = 0.5 + 10 * rate + 0.01 * int(proposal.params.get("clustering.n_clusters", 0))
    metrics = {**dict.fromkeys(METRICS, 0.0), "accuracy": accuracy} if state == "completed" else {}
    return TrialRecord(
        proposal.number,
        proposal.params,
        state,
        metrics,
        sampler_state=proposal.sampler_state,
        epochs=proposal.epochs,
        resume_from=proposal.resume_from,
    )


def asked(engine: KerasTunerEngine, number: int, attempt: int = 0) -> Proposal:
    answer = engine.ask(number, attempt)
    assert isinstance(answer, Proposal)
    return answer


def search(engine: KerasTunerEngine, numbers: Sequence[int], state: Any = "completed") -> list[TrialRecord]:
    records = []
    for number in numbers:
        records.append(ended(asked(engine, number), state))
        engine.tell(records[-1])
    return records


def reread(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The records as a later driver reads them."""
    return [TrialRecord(**json.loads(json.dumps(trial_to_json(each)))) for each in records]


class TwoWorkers:
    """A study with two trials at a time, of which the later ends first."""

    def __init__(self, engine: KerasTunerEngine) -> None:
        self.engine = engine
        self.records: dict[int, TrialRecord] = {}
        self.running: list[Proposal] = []

    def go_on_until(self, n_asked: int) -> None:
        while len(self.records) < n_asked:
            proposal = asked(self.engine, len(self.records))
            self.records[proposal.number] = ended(proposal, "running")
            self.running.append(proposal)
            if len(self.running) == 2:
                last = ended(self.running.pop())
                self.records[last.number] = last
                self.engine.tell(last)

    def resume(self, engine: KerasTunerEngine) -> TwoWorkers:
        resumed = TwoWorkers(engine)
        engine.restore(reversed(reread(list(self.records.values()))))
        resumed.records, resumed.running = dict(self.records), list(self.running)
        return resumed


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_every_tuner_proposes_params_of_the_space_and_ends(tuner: Tuner, new_engine: NewEngine) -> None:
    engine = new_engine(tuner, n_trials=11)
    for record in search(engine, range(11)):
        assert belongs(SPACE, record.params)
        assert SPACE.to_config(record.params).clustering.method == record.params["clustering.method"]
        assert json.loads(json.dumps(dict(record.params))) == record.params
    assert engine.ask(11) is None


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["random", "grid", "hyperband"])
def test_an_exhausted_space_ends_after_its_last_point(tuner: Tuner, new_engine: NewEngine) -> None:
    engine = new_engine(tuner, FINITE)
    points = set()
    for number in range(40):
        answer = engine.ask(number)
        if answer is None:
            break
        assert isinstance(answer, Proposal)
        if answer.resume_from is None:
            assert answer.params.values() not in points
            points.add(tuple(answer.params.values()))
        engine.tell(ended(answer))
    assert answer is None
    assert len(points) == 5


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
@pytest.mark.parametrize("cut", [1, 6, 12])
def test_a_resumed_engine_proposes_what_an_uninterrupted_one_would(
    tuner: Tuner, cut: int, new_engine: NewEngine
) -> None:
    whole = TwoWorkers(new_engine(tuner))
    whole.go_on_until(14)
    interrupted = TwoWorkers(new_engine(tuner))
    interrupted.go_on_until(cut)
    resumed = interrupted.resume(new_engine(tuner))
    resumed.go_on_until(14)
    assert resumed.records == whole.records


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_a_trial_that_still_runs_is_proposed_again_as_it_was(tuner: Tuner, new_engine: NewEngine) -> None:
    study = TwoWorkers(new_engine(tuner))
    study.go_on_until(4)
    engine = new_engine(tuner)
    engine.restore(reread(list(study.records.values())))
    (running,) = study.running
    assert engine.ask(running.number) == running
    engine.tell(ended(running))
    assert asked(engine, 4).sampler_state["told"] == [3, running.number]


@pytest.mark.slow
@pytest.mark.parametrize("state", ["failed", "infeasible", "pruned"])
@pytest.mark.parametrize("tuner", TUNERS)
def test_trials_that_do_not_complete_neither_end_a_search_nor_come_again(
    tuner: Tuner, state: str, new_engine: NewEngine
) -> None:
    records = search(new_engine(tuner), range(12), state)
    assert len({tuple(record.params.values()) for record in records}) == 12


@pytest.mark.slow
def test_what_a_trial_taken_back_was_is_not_proposed_again(new_engine: NewEngine) -> None:
    for tuner in TUNERS:
        engine = new_engine(tuner)
        tried = [asked(engine, 0, attempt) for attempt in range(4)]
        assert len({tuple(proposal.params.values()) for proposal in tried}) == 4
        assert engine.ask(0, 3) == tried[-1]
        engine.tell(ended(tried[-1]))
        following = engine.ask(1)
        resumed = new_engine(tuner)
        resumed.restore(reread([ended(tried[-1])]))
        assert resumed.ask(1) == following


@pytest.mark.slow
def test_a_repeated_optimum_gives_way_to_another_point_at_once(new_engine: NewEngine) -> None:
    engine = new_engine("bayesian")
    records = search(engine, range(N_RANDOM_BEFORE_BAYES))
    first, again = asked(engine, 9), asked(engine, 9, attempt=1)
    assert first.params != again.params
    records.append(ended(again))
    engine.tell(records[-1])
    following = engine.ask(10)
    resumed = new_engine("bayesian")
    resumed.restore(reread(records))
    assert resumed.ask(10) == following


@pytest.mark.slow
def test_bayesian_optimisation_comes_near_to_the_best(new_engine: NewEngine) -> None:
    """Of 20 random rates and clusters, one in 80 is as good as this."""
    engine = new_engine("bayesian")
    records = search(engine, range(N_RANDOM_BEFORE_BAYES + 4))
    best = max(records[N_RANDOM_BEFORE_BAYES:], key=lambda record: record.metrics["accuracy"])
    assert best.params["autoencoder.training.learning_rate"] > 0.009


@pytest.mark.slow
def test_hyperband_promotes_the_best_and_lets_them_train_for_longer(new_engine: NewEngine) -> None:
    records = search(new_engine("hyperband"), range(20))
    assert {record.epochs for record in records} == {1, 3, 9}
    promoted = [record for record in records if record.resume_from is not None]
    assert len(promoted) >= 5
    for record in promoted:
        source = records[record.resume_from]
        assert (source.params, source.epochs * 3) == (record.params, record.epochs)
        rivals = [
            each
            for each in records[: record.number]
            if each.epochs == source.epochs and each.number < record.number
        ]
        beaten = [each for each in rivals if each.metrics["accuracy"] < source.metrics["accuracy"]]
        assert len(beaten) >= len(rivals) / 2


@pytest.mark.slow
def test_hyperband_keeps_what_a_later_proposal_may_go_on_from(new_engine: NewEngine) -> None:
    engine = new_engine("hyperband")
    kept: list[set[int]] = []
    for number in range(30):
        proposal = asked(engine, number)
        if proposal.resume_from is not None:
            assert all(proposal.resume_from in each for each in kept[proposal.resume_from :])
        engine.tell(ended(proposal))
        kept.append(set(engine.still_needed()))
    assert max(map(len, kept)) <= 3


@pytest.mark.slow
def test_a_failure_leaves_fewer_to_promote(new_engine: NewEngine) -> None:
    engine = new_engine("hyperband")
    for number in range(9):
        engine.tell(ended(asked(engine, number), "failed" if number < 2 else "completed"))
    assert len(engine.still_needed()) == 1
    first = asked(engine, 9)
    assert first.resume_from in engine.still_needed()
    assert asked(engine, 10).resume_from is None


def ask_for_all(engine: KerasTunerEngine) -> list[Proposal]:
    """Every point of `FINITE`, while none of them has ended."""
    running = []
    while isinstance(answer := engine.ask(len(running)), Proposal):
        running.append(answer)
    assert len(running) == 5
    assert answer == Wait()
    return running


@pytest.mark.slow
def test_grid_search_waits_for_the_last_of_its_points(new_engine: NewEngine) -> None:
    engine = new_engine("grid", FINITE)
    for proposal in ask_for_all(engine):
        assert engine.ask(5) == Wait()
        engine.tell(ended(proposal))
    assert engine.ask(5) is None


@pytest.mark.slow
def test_hyperband_waits_for_the_trials_that_it_promotes_from(new_engine: NewEngine) -> None:
    """Three trials of one epoch and two of three: the best of the first three is trained for three."""
    epochs = {"dataset.source": "digits", "autoencoder.training.epochs": 3}
    engine = new_engine("hyperband", replace(FINITE, constants=epochs))
    running = ask_for_all(engine)
    assert [proposal.epochs for proposal in running] == [1, 1, 1, 3, 3]
    for proposal in running[:3]:
        assert engine.ask(5) == Wait()
        engine.tell(ended(proposal))
    promoted = asked(engine, 5)
    best = max(map(ended, running[:3]), key=lambda record: record.metrics["accuracy"])
    assert (promoted.resume_from, promoted.epochs, promoted.params) == (best.number, 3, best.params)


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["random", "hyperband", "grid"])
def test_params_that_the_tuner_would_not_propose_are_those_of_another_oracle(
    tuner: Tuner, new_engine: NewEngine
) -> None:
    records = reread(search(new_engine(tuner), range(3)))
    rate = {"autoencoder.training.learning_rate": 0.0042}
    notes = {**records[1].sampler_state, "proposed": "0" * 16}
    records[1] = replace(records[1], params={**records[1].params, **rate}, sampler_state=notes)
    with pytest.raises(
        ConfigError, match="by another oracle: trial 1 was .*, but now it would be"
    ) as refusal:
        new_engine(tuner).restore(records)
    assert "\n" not in str(refusal.value)


@pytest.mark.slow
def test_records_of_a_space_without_such_params_are_refused(new_engine: NewEngine) -> None:
    records = reread(search(new_engine("bayesian"), range(2)))
    with pytest.raises(ConfigError, match="trial 0 was .*, but the space has no such trial"):
        new_engine("bayesian", FINITE).restore(records)


@pytest.mark.slow
def test_records_that_follow_a_trial_that_is_gone_are_refused(new_engine: NewEngine) -> None:
    records = reread(search(new_engine("random"), range(3)))
    with pytest.raises(ConfigError, match="it followed the end of trial 0, which is not on record"):
        new_engine("random").restore(records[1:])


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_trials_of_an_earlier_version_of_the_space_are_learnt_from(
    tuner: Tuner, new_engine: NewEngine
) -> None:
    narrow = replace(
        SPACE, parameters=(replace(SPACE.parameters[0], choices=("kmeans",)), *SPACE.parameters[1:])
    )
    records = reread(search(new_engine(tuner, narrow), range(6)))
    engine = new_engine(tuner)
    engine.restore(records)
    later = search(engine, range(6, 10))
    following = engine.ask(10)
    resumed = new_engine(tuner)
    resumed.restore([*records, *reread(later)])
    assert resumed.ask(10) == following


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_a_study_that_learnt_from_another_goes_on_without_it(tuner: Tuner, new_engine: NewEngine) -> None:
    other = [
        replace(record, number=record.number - 12, sampler_state={})
        for record in reread(search(new_engine(tuner), range(12)))
    ]
    engine = new_engine(tuner)
    engine.restore(other)
    records = search(engine, range(4))
    known = {tuple(record.params.values()) for record in other}
    if tuner in ("random", "hyperband"):
        assert not any(tuple(record.params.values()) in known for record in records)
    following = engine.ask(4)
    with_it = new_engine(tuner)
    with_it.restore(other)
    with_it.restore(reread(records))
    assert with_it.ask(4) == following
    without = new_engine(tuner)
    without.restore(reread(records))
    assert belongs(SPACE, asked(without, 4).params)


@pytest.mark.slow
@pytest.mark.parametrize("tuner", TUNERS)
def test_params_that_took_the_place_of_the_proposed_ones_are_learnt(
    tuner: Tuner, new_engine: NewEngine
) -> None:
    engine = new_engine(tuner)
    proposals = [asked(engine, number) for number in range(3)]
    params = {"clustering.method": "hdbscan", "autoencoder.training.learning_rate": 0.005}
    records = [ended(replace(proposals[0], params=params)), *map(ended, proposals[1:])]
    for record in records:
        engine.tell(record)
    following = engine.ask(3)
    resumed = new_engine(tuner)
    resumed.restore(reread(records))
    assert resumed.ask(3) == following


def test_two_objectives_are_refused() -> None:
    with pytest.raises(ConfigError, match="give --objective accuracy or --objective reconstruction"):
        check_settings(settings_of("random", objective="both"))


def test_hyperband_is_refused_where_the_epochs_are_searched() -> None:
    epochs = IntParameter("autoencoder.training.epochs", 2, 9)
    space = replace(SPACE, parameters=(*SPACE.parameters, epochs), constants={"dataset.source": "digits"})
    with pytest.raises(ConfigError, match=r"--set autoencoder.training.epochs=N"):
        check_settings(settings_of("hyperband", space))
    check_settings(settings_of("random", space))


def test_a_missing_tensorboard_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ConfigError, match="pip install tensorboard"):
        check_settings(settings_of("random"))


def test_an_engine_that_was_never_asked_starts_no_process(tmp_path: Path) -> None:
    engine = KerasTunerEngine(settings_of("grid"), n_trials=3, process=OracleProcess(tmp_path / "log"))
    assert engine.still_needed() == ()
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_the_engine_loads_no_library_that_trains_models() -> None:
    script = (
        "import sys, decoder_search.engines.keras_tuner.engine\n"
        "print(*{'keras', 'keras_tuner', 'tensorflow', 'sklearn', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert done.stderr == ""
