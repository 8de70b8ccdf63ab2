from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core import ConfigError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:keras_tuner")]

SPACE = """
dataset.source: digits
dataset.limit: 120
baseline.training.epochs: 1
decoder.depth: {int: [1, 2]}
decoder.widths: {choice: [mirrored, halving], when: {decoder.depth: [2]}}
clustering.n_clusters: {choice: [1, 50]}
autoencoder.training.epochs: 4
classifier.training.epochs: 1
final:
  autoencoder.training.epochs: 30
"""

SCRIPT = """
import json
import keras_tuner
from decoder_search import DecoderHyperModel

hypermodel = DecoderHyperModel(
    "digits",
    constants={
        "dataset.limit": 200,
        "decoder.upsampling": "nearest",
        "decoder.convolution": "plain",
        "baseline.training.epochs": 1,
        "autoencoder.training.epochs": 4,
        "classifier.training.epochs": 1,
    },
)
tuner = keras_tuner.Hyperband(
    hypermodel,
    objective=keras_tuner.Objective("val_accuracy", "max"),
    max_epochs=4,
    factor=4,
    seed=1,
    directory="tuning",
)
tuner.search(verbose=0)
best = tuner.get_best_hyperparameters()[0]
trials = [
    {
        "status": trial.status,
        "values": trial.hyperparameters.values,
        "score": float(trial.score),
        "retrieval": trial.metrics.get_best_value("val_retrieval"),
    }
    for trial in tuner.oracle.trials.values()
]
print(json.dumps({
    "trials": trials,
    "best": best.values,
    "output": tuner.get_best_models()[0].output_shape,
    "config": hypermodel.config(best).model_dump(mode="json"),
}))
"""


class Listener(keras.callbacks.Callback):
    """Notes what it hears of, and stops the training after an epoch."""

    def __init__(self, stop_after: int | None = None) -> None:
        super().__init__()
        self.heard: list[tuple[int, Mapping[str, float]]] = []
        self.weights: list[float] = []
        self.ended = 0
        self._stop_after = stop_after

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.heard.append((epoch, dict(logs)))
        self.weights.append(sum(float(np.abs(each).sum()) for each in self.model.get_weights()))
        self.model.stop_training = epoch + 1 == self._stop_after

    def on_train_end(self, logs: Any = None) -> None:
        self.ended += 1


@pytest.fixture(scope="module")
def hypermodel(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from decoder_search import DecoderHyperModel

    path = tmp_path_factory.mktemp("space") / "tiny.yaml"
    path.write_text(SPACE)
    return DecoderHyperModel(str(path))


@pytest.fixture
def hp() -> Any:
    import keras_tuner

    return keras_tuner.HyperParameters()


def test_a_script_searches_with_hyperband_and_gets_its_best(tmp_path: Path) -> None:
    """Four trials of one epoch, the best of them for four, and two of four."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    trials = found["trials"]
    assert [trial["status"] for trial in trials] == ["COMPLETED"] * 7
    assert [trial["values"]["tuner/epochs"] for trial in trials] == [1, 1, 1, 1, 4, 4, 4]
    best_of_four = max(range(4), key=lambda number: trials[number]["score"])
    assert int(trials[4]["values"]["tuner/trial_id"]) == best_of_four
    assert all(0 <= trial["retrieval"] <= 1 for trial in trials)
    for trial in trials:
        conditional = "clustering.n_clusters" in trial["values"]
        assert conditional == (trial["values"]["clustering.method"] != "hdbscan")
    assert found["best"] == max(trials, key=lambda trial: trial["score"])["values"]
    assert found["output"] == [None, 8, 8, 1]
    assert found["config"]["decoder"]["depth"] == found["best"]["decoder.depth"]


def test_building_declares_the_parameters_of_the_space(hypermodel: Any, hp: Any) -> None:
    model = hypermodel.build(hp)
    assert model.output_shape == (None, 8, 8, 1)
    assert [each.name for each in hp.space] == ["decoder.depth", "decoder.widths", "clustering.n_clusters"]
    assert hp.values == {"decoder.depth": 1, "clustering.n_clusters": 1}
    hp.values |= {"decoder.depth": 2, "decoder.widths": "halving"}
    assert hypermodel.build(hp).count_params() != model.count_params()
    assert len(hp.space) == 3


def test_what_a_user_has_fixed_stays_fixed(hypermodel: Any, hp: Any) -> None:
    hp.Fixed("decoder.depth", 2)
    hypermodel.build(hp)
    config = hypermodel.config(hp, final=True)
    assert (config.decoder.depth, config.autoencoder.training.epochs) == (2, 30)


def test_a_later_rung_goes_on_as_if_there_had_been_no_rung(hypermodel: Any, hp: Any) -> None:
    whole = hypermodel.fit(hp, hypermodel.build(hp), epochs=3)
    rung = Listener()
    hypermodel.fit(hp, hypermodel.build(hp), epochs=1)
    assert hypermodel.fit(hp, hypermodel.build(hp), epochs=3, initial_epoch=1, callbacks=[rung]) == whole
    assert [epoch for epoch, _ in rung.heard] == [1, 2]


def test_a_later_rung_whose_checkpoint_is_gone_trains_the_earlier_epochs_again(
    hypermodel: Any, hp: Any
) -> None:
    whole = hypermodel.fit(hp, hypermodel.build(hp))
    assert hypermodel.fit(hp, hypermodel.build(hp), epochs=4, initial_epoch=2) == whole


def test_callbacks_hear_of_every_epoch_and_see_its_weights(hypermodel: Any, hp: Any) -> None:
    model, listener = hypermodel.build(hp), Listener()
    before = sum(float(np.abs(each).sum()) for each in model.get_weights())
    measured = hypermodel.fit(hp, model, epochs=2, callbacks=[listener])
    assert set(measured) == {"loss", "val_accuracy", "val_mse", "val_retrieval"}
    assert all(math.isfinite(value) for value in measured.values())
    (first, loss), last = listener.heard
    assert (first, set(loss)) == (0, {"loss"})
    assert last == (1, measured)
    assert len({before, *listener.weights}) == 3
    assert listener.ended == 1


def test_a_callback_can_end_the_training_early(hypermodel: Any, hp: Any) -> None:
    listener = Listener(stop_after=2)
    stopped = hypermodel.fit(hp, hypermodel.build(hp), callbacks=[listener])
    assert [epoch for epoch, _ in listener.heard] == [0, 1]
    assert listener.ended == 1
    assert stopped == hypermodel.fit(hp, hypermodel.build(hp), epochs=2)


def test_a_config_that_cannot_run_fails_its_trial_alone(hypermodel: Any, hp: Any) -> None:
    import keras_tuner

    model = hypermodel.build(hp)
    hp.values["clustering.n_clusters"] = 50
    with pytest.raises(keras_tuner.errors.FailedTrialError, match="50"):
        hypermodel.fit(hp, model)


def test_a_decoder_that_is_too_large_can_be_looked_at_but_not_trained(hypermodel: Any, hp: Any) -> None:
    import keras_tuner

    from decoder_search import DecoderHyperModel

    huge = {
        "autoencoder.training.batch_size": 65_536,
        "decoder.depth": 6,
        "decoder.widths": "constant",
        "decoder.convolution": "inverted_residual",
    }
    large = DecoderHyperModel(hypermodel.space, constants=huge)
    model = large.build(hp)
    assert model.count_params() == 0
    with pytest.raises(keras_tuner.errors.FailedTrialError, match="decoder"):
        large.fit(hp, model)


def test_data_and_training_options_are_refused(hypermodel: Any, hp: Any) -> None:
    import keras_tuner

    model = hypermodel.build(hp)
    with pytest.raises(keras_tuner.errors.FatalTypeError, match="given data, batch_size, but"):
        hypermodel.fit(hp, model, np.zeros(1), batch_size=3, verbose=0)


def test_more_epochs_than_the_schedule_has_are_refused(hypermodel: Any, hp: Any) -> None:
    import keras_tuner

    with pytest.raises(keras_tuner.errors.FatalValueError, match=r"training.epochs': 100}"):
        hypermodel.fit(hp, hypermodel.build(hp), epochs=100)


def test_a_missing_tensorboard_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from decoder_search import DecoderHyperModel

    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ConfigError, match="pip install tensorboard"):
        DecoderHyperModel("digits")
