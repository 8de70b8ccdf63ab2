"""The tuner that shares epochs out, and goes on from checkpoints."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toy_oracle_search import FINITE, SPACE, NewEngine, ask_for_all, asked, ended, search, settings_of

from decoder_search.engines.engine import Wait
from decoder_search.engines.keras_tuner.engine import check_settings
from decoder_search.space.parameters import IntParameter
from encodenet_core import ConfigError


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


def test_hyperband_is_refused_where_the_epochs_are_searched() -> None:
    epochs = IntParameter("autoencoder.training.epochs", 2, 9)
    space = replace(SPACE, parameters=(*SPACE.parameters, epochs), constants={"dataset.source": "digits"})
    with pytest.raises(ConfigError, match=r"--set autoencoder.training.epochs=N"):
        check_settings(settings_of("hyperband", space))
    check_settings(settings_of("random", space))
