"""A fit goes on where it stood, ends where it would have ended, and takes no other fit's word for it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from encodenet_core.config_training import BaselineTrainingConfig
from encodenet_core.errors import Stopped
from encodenet_core.training.augmentation import Augmentation
from encodenet_core.training.batches import TrainingBatches
from encodenet_core.training.checkpoints import FILE_NAME, FitSummary
from encodenet_core.training.fitting import FitPlan, fit
from encodenet_core.training.watch import keep_silent

IMAGES = np.random.default_rng(0).integers(0, 256, (48, 8, 8, 1), np.uint8)
LABELS = np.arange(48) % 4
TRAINING = BaselineTrainingConfig(recipe="fast", epochs=5, batch_size=16, learning_rate=0.05)

PROGRAM = """
import hashlib, sys, time
from pathlib import Path
import keras
if keras.backend.backend() == "tensorflow":
    import tensorflow
    tensorflow.config.experimental.enable_op_determinism()
from tests_of_checkpoints import TRAINING, build_model, fit_model

def report(stage, epoch, epochs, values):
    print(epoch, flush=True)
    time.sleep(float(sys.argv[2]))
    return True

model = build_model()
summary = fit_model(model, Path(sys.argv[1]), TRAINING.model_copy(update={"epochs": 40}), report)
print("losses", *(loss.hex() for loss in summary.losses))
print("weights", hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest())
"""


def build_model() -> keras.Model:
    """A small network with everything that has a state: batch normalisation, dropout, momentum."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.3),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4),
        ]
    )


def fit_model(
    model: keras.Model,
    checkpoint: Path | None,
    training: BaselineTrainingConfig = TRAINING,
    report: Callable[..., bool] = keep_silent,
) -> FitSummary:
    distributions = np.eye(4, dtype=np.float32)[LABELS]
    batches = TrainingBatches(
        IMAGES,
        lambda indices: distributions[indices],
        batch_size=16,
        seed=1,
        augmentation=Augmentation(1, True),
    )
    plan = FitPlan("baseline", training, checkpoint=checkpoint, validation=(IMAGES[:16], LABELS[:16]))
    return fit(model, batches, keras.losses.CategoricalCrossentropy(from_logits=True), plan, report)


def stop_after(last: int) -> Callable[..., bool]:
    return lambda stage, epoch, epochs, values: epoch < last


def assert_same(received: FitSummary, expected: FitSummary) -> None:
    assert received.losses == expected.losses
    assert received.accuracies == expected.accuracies
    assert received.selected_weights is not None and expected.selected_weights is not None
    for one, other in zip(received.selected_weights, expected.selected_weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("epoch", [1, 3, 4])
def test_a_stopped_fit_goes_on_and_ends_in_the_same_weights(epoch: int, tmp_path: Path) -> None:
    whole, model = build_model(), build_model()
    expected = fit_model(whole, None)
    with pytest.raises(Stopped):
        fit_model(model, tmp_path, report=stop_after(epoch))
    again, told = build_model(), []

    def report(stage: str, epoch: int, epochs: int, values: Any) -> bool:
        told.append(epoch)
        return True

    assert_same(fit_model(again, tmp_path, report=report), expected)
    assert told == list(range(epoch + 1, 6))
    for one, other in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_finished_fit_is_not_run_again(tmp_path: Path) -> None:
    model = build_model()
    first = fit_model(model, tmp_path)
    again = build_model()
    assert_same(fit_model(again, tmp_path, report=stop_after(0)), first)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def warned_and_started_anew(folder: Path, caplog: pytest.LogCaptureFixture, **training: Any) -> str:
    """The one line that says why a checkpoint was passed over."""
    told = []

    def report(stage: str, epoch: int, epochs: int, values: Any) -> bool:
        told.append(epoch)
        return True

    with caplog.at_level(logging.WARNING, "encodenet_core"):
        fit_model(build_model(), folder, TRAINING.model_copy(update=training), report)
    assert told[0] == 1
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    return record.getMessage()


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """The folder of a checkpoint after the second epoch."""
    with pytest.raises(Stopped):
        fit_model(build_model(), tmp_path, report=stop_after(2))
    return tmp_path


@pytest.mark.parametrize("change", [{"learning_rate": 0.1}, {"epochs": 6}, {"cutout": 2}])
def test_a_checkpoint_of_another_config_is_passed_over(
    change: dict[str, Any], stopped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert "is of another fit than this" in warned_and_started_anew(stopped, caplog, **change)


@pytest.mark.parametrize("damage", ["a flipped byte", "half of it", "nothing", "no archive"])
def test_a_damaged_checkpoint_is_passed_over(
    damage: str, stopped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = stopped / FILE_NAME
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    contents = {"a flipped byte": flipped, "half of it": whole[:middle], "nothing": b"", "no archive": b"abc"}
    path.write_bytes(contents[damage])
    assert "is damaged" in warned_and_started_anew(stopped, caplog)


@pytest.mark.slow
def test_a_fit_killed_in_epoch_37_goes_on_at_37_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    (tmp_path / "tests_of_checkpoints.py").write_text(Path(__file__).read_text())

    def start(folder: str, pause: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"}
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / folder), pause]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    with start("interrupted", "0.3") as killed:
        assert killed.stdout is not None
        for line in killed.stdout:
            if line.strip() == "37":  # the 37th epoch has ended and its checkpoint comes after this report
                os.kill(killed.pid, signal.SIGKILL)
                break
    assert killed.returncode == -signal.SIGKILL
    resumed, _ = start("interrupted", "0").communicate(timeout=300)
    whole, _ = start("uninterrupted", "0").communicate(timeout=300)
    assert resumed.split()[:4] == ["37", "38", "39", "40"], "36 epochs were kept"
    assert resumed.splitlines()[-2:] == whole.splitlines()[-2:]
    assert len(whole.splitlines()) == 42
