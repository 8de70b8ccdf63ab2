"""Files that hold other bytes than were written, and numbers that are none."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ONE = ("--workers", 1, "--trials", 1)
TWO = ("--workers", 1, "--trials", 2)


def corrupt(path: Path) -> None:
    """Turn some bytes in the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(content)


@pytest.mark.soak
def test_damaged_stages_are_computed_again_in_the_middle_of_a_study(keras_study: Any, tmp_path: Path) -> None:
    assert keras_study.run(*ONE)[0] == 0
    before = keras_study.finished()
    keras_study.cache = Path(shutil.copytree(keras_study.cache, tmp_path / "cache"))
    damaged = [*keras_study.cache.glob("dataset-*/train_images.npy")]
    damaged += [*keras_study.cache.glob("baseline-*/baseline.keras")]
    damaged += [*keras_study.cache.glob("embedding-*/manifest.json")]
    damaged += [*keras_study.cache.glob("control_training-*/control.json")]
    assert len({path.name for path in damaged}) == 4
    for path in damaged:
        corrupt(path)
    forget_control(keras_study.file)
    code, _, errors = keras_study.run(*TWO)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost(before, 2)
    logs = "".join(path.read_text() for path in (keras_study.folder / "workers").iterdir())
    assert "is damaged" in logs and "computing it again" in logs


def forget_control(records: Path) -> None:
    """Take back what a study found out about control A, so that its stage is read again."""
    lines = records.read_text().splitlines(keepends=True)
    prepared = [number for number, line in enumerate(lines) if '"event": "prepared"' in line]
    assert len(prepared) == 2
    del lines[prepared[-1]]
    records.write_text("".join(lines))


@pytest.mark.soak
def test_a_damaged_checkpoint_costs_the_epochs_before_it(keras_study: Any) -> None:
    options = (*ONE, "--set", "autoencoder.training.epochs=60")
    driver = keras_study.start(*options)
    checkpoint = keras_study.folder / "trials" / "0" / "checkpoint" / "checkpoint.npz"
    keras_study.wait_until(checkpoint.exists)
    os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    keras_study.wait_for_no_process()
    corrupt(checkpoint)
    code, _, errors = keras_study.run(*options)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost({}, 1)


@pytest.mark.slow
def test_a_loss_that_is_no_number_is_one_line_and_leaves_no_study(keras_study: Any) -> None:
    diverging = ("--set", "baseline.training.learning_rate=100", "--set", "baseline.training.batch_size=1")
    code, _, errors = keras_study.run(*ONE, *diverging)
    assert (code, errors.count("\n")) == (2, 1)
    assert "loss became nan" in errors and "lower baseline.training.learning_rate from 100" in errors
    assert list((keras_study.place / "results").glob("*")) == []
    code, _, errors = keras_study.run(*ONE)
    assert (code, errors) == (0, "")
    keras_study.check_nothing_lost({}, 1)


@pytest.mark.slow
def test_a_loss_that_is_no_number_in_a_trial_is_recorded_and_the_others_go_on(
    keras_study: Any, tmp_path: Path
) -> None:
    write_huge_features(tmp_path / "huge.keras")
    with (tmp_path / "faults.yaml").open("a") as space:
        space.write("baseline.model: huge.keras\nembedding.extractor: pixels\n")
        space.write("autoencoder.encoder_init: {choice: [baseline, random]}\n")
        for stage in ("baseline", "classifier"):  # whose gradients are as large
            space.write(f"{stage}.training.learning_rate: 1.0e-38\n")
    options = ("--workers", 1)
    code, _, errors = keras_study.run("--trials", 4, *options)
    assert (code, errors) == (0, "")
    before = keras_study.finished()
    assert {trial["state"] for trial in before.values()} == {"completed", "infeasible"}
    for trial in before.values():
        diverged = trial["params"]["autoencoder.encoder_init"] == "baseline"
        assert (trial["state"] == "infeasible") == diverged
        assert ("loss became nan" in trial.get("reason", "")) == diverged
    assert keras_study.run("--trials", 6, *options)[0] == 0
    keras_study.check_nothing_lost(before, 6)


def write_huge_features(path: Path) -> None:
    """A classifier of digits whose features are so large that their sum is no number in float32."""
    import keras

    keras.utils.set_random_seed(0)
    images = keras.Input((8, 8, 1))
    features = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(images)
    logits = keras.layers.Dense(10)(keras.layers.Flatten()(features))
    model = keras.Model(images, logits)
    for layer, factor in ((model.layers[1], 3e36), (model.layers[-1], 1e-36)):
        layer.set_weights([weights * factor for weights in layer.get_weights()])
    model.save(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["classes.json", "curves.json", "reconstructions.png"])
def test_a_damaged_file_of_a_trial_leaves_the_study_readable(
    real_study: Any, tmp_path: Path, decoder_search: Callable[..., Any], name: str
) -> None:
    shutil.copytree(real_study.results / "tiny", tmp_path / "results" / "tiny")
    for folder in (tmp_path / "results" / "tiny" / "trials").iterdir():
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n\x00\xffgarbage{")
    for command in (["show", "tiny", "1"], ["report", "tiny", "--output", "report.html"]):
        done = decoder_search(*command)
        assert (done.exit_code, done.errors) == (0, ""), name


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"decoder.depth: {int: [1", b"- 1\n- 2\n", b""])
def test_a_damaged_search_space_is_one_line(
    content: bytes, tmp_path: Path, decoder_search: Callable[..., Any]
) -> None:
    (tmp_path / "space.yaml").write_bytes(content)
    refused = decoder_search("run", "space.yaml")
    assert (refused.exit_code, refused.errors.count("\n")) == (2, 1), refused.errors
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_a_damaged_baseline_of_the_user_is_one_line_and_leaves_no_study(
    tmp_path: Path, decoder_search: Callable[..., Any]
) -> None:
    (tmp_path / "mine.keras").write_bytes(np.random.default_rng(0).bytes(5000))
    refused = decoder_search("run", "digits", "--set", "baseline.model=mine.keras", "--trials", 1)
    assert (refused.exit_code, refused.errors.count("\n")) == (2, 1), refused.errors
    assert "mine.keras" in refused.errors and "cannot be loaded" in refused.errors
    assert list((tmp_path / "results").glob("*")) == []
