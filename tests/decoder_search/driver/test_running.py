from __future__ import annotations

from decoder_search.driver.pruning import Standing
from decoder_search.driver.running import RunningTrial
from decoder_search.execution.messages import Event
from decoder_search.records.trial_record import Proposal
from decoder_search.space.metrics import ALWAYS_MEASURED

PROPOSAL = Proposal(4, {"decoder.depth": 2}, {"generation": 1}, epochs=3, resume_from=1)
TRIAL = RunningTrial(PROPOSAL, attempt=2).at_rung(3, {"mse": 0.1, "probe_accuracy": 0.9})


def test_a_record_keeps_everything_that_was_proposed() -> None:
    record = TRIAL.outcome(Event("result", 4, dict.fromkeys(ALWAYS_MEASURED, 0.5)))
    assert record.state == "completed"
    assert record.attempts == 2
    proposed = (record.number, record.params, record.sampler_state, record.epochs, record.resume_from)
    assert proposed == (4, {"decoder.depth": 2}, {"generation": 1}, 3, 1)


def test_a_trial_that_others_stopped_is_pruned_even_if_its_worker_dies_over_it() -> None:
    stopped = RunningTrial(PROPOSAL, 1, measured=TRIAL.measured, stopped_by=Standing(5, 9, 3))
    for kind in ("stopped", "died"):
        record = stopped.outcome(Event(kind, 4, {"reason": "killed"}))  # type: ignore[arg-type]
        assert record.state == "pruned"
        assert record.metrics == {"mse": 0.1, "probe_accuracy": 0.9, "epochs": 3}
        assert record.reason == (
            "stopped after epoch 3 of its autoencoder: place 5 of 9 at that rung, where 3 went on"
        )


def test_an_infeasible_trial_keeps_what_is_known_of_it() -> None:
    known = Event("infeasible", 4, {"reason": "too large", "metrics": {"decoder_parameters": 9.0}})
    assert TRIAL.outcome(known).metrics == {"decoder_parameters": 9.0}
    assert TRIAL.outcome(Event("infeasible", 4, {"reason": "diverged"})).metrics == TRIAL.measured
    assert TRIAL.infeasible("it took too long").state == "infeasible"


def test_a_trial_that_breaks_has_failed_with_its_reason() -> None:
    record = TRIAL.outcome(Event("failed", 4, {"reason": "ValueError: a bug", "traceback": "..."}))
    assert (record.state, record.reason) == ("failed", "ValueError: a bug")
