from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from toy_oracle_search import (
    FINITE,
    SPACE,
    TUNERS,
    NewEngine,
    ask_for_all,
    asked,
    ended,
    reread,
    search,
    settings_of,
)

from decoder_search.engines.engine import Wait
from decoder_search.engines.keras_tuner.engine import KerasTunerEngine, check_settings
from decoder_search.engines.keras_tuner.hyperparameters import belongs
from decoder_search.engines.keras_tuner.process import OracleProcess
from decoder_search.records.settings import Tuner
from decoder_search.records.trial_record import Proposal
from encodenet_core import ConfigError

N_RANDOM_BEFORE_BAYES = 9


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
def test_grid_search_waits_for_the_last_of_its_points(new_engine: NewEngine) -> None:
    engine = new_engine("grid", FINITE)
    for proposal in ask_for_all(engine):
        assert engine.ask(5) == Wait()
        engine.tell(ended(proposal))
    assert engine.ask(5) is None


def test_two_objectives_are_refused() -> None:
    with pytest.raises(ConfigError, match="give --objective accuracy or --objective reconstruction"):
        check_settings(settings_of("random", objective="both"))


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
