from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import pytest
from color_models import save_color_archive, save_color_classifier

from encodenet_core.baseline import (
    Baseline,
    notes_on_baseline,
    obtain_baseline,
)
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import Dataset, load_dataset
from encodenet_core.errors import ConfigError
from encodenet_core.models.inference import predict
from encodenet_core.models.pixel_forms import PixelForm
from encodenet_core.run_result import RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.training.watch import keep_silent


class Recorder:
    """A report that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int]] = []

    def __call__(self, stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> bool:
        self.told.append((stage, epoch, epochs))
        return True


def give_model(tiny_config: EncodeNetConfig, path: Path) -> EncodeNetConfig:
    section = tiny_config.baseline.model_copy(update={"model": str(path)})
    return tiny_config.model_copy(update={"baseline": section})


@pytest.fixture(scope="module")
def given_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sequential classifier of 8x8 digits with weights that no training here gives."""
    keras.utils.set_random_seed(123)
    path = tmp_path_factory.mktemp("given") / "given.keras"
    keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(6, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    ).save(path)
    return path


def test_training_reports_every_epoch_and_a_second_call_reads_the_cache(
    tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    section = tiny_config.baseline.model_copy(
        update={"training": tiny_config.baseline.training.model_copy(update={"epochs": 2})}
    )
    config = tiny_config.model_copy(update={"baseline": section})
    cache, recorder = StageCache(tmp_path), Recorder()

    first = obtain_baseline(config, tiny_dataset, cache, recorder)
    assert recorder.told == [("baseline", 1, 2), ("baseline", 2, 2)]
    written = {path: path.stat().st_mtime_ns for path in sorted((tmp_path / first.key).iterdir())}
    again = obtain_baseline(config, tiny_dataset, cache, recorder)

    assert len(recorder.told) == 2
    assert written == {path: path.stat().st_mtime_ns for path in sorted((tmp_path / first.key).iterdir())}
    assert {path.name for path in written} == {
        "baseline.keras",
        "train_logits.npy",
        "train_entropies.npy",
        "facts.json",
        "selected.npz",
        "manifest.json",
    }
    assert (again.key, again.seconds, again.macs) == (first.key, first.seconds, first.macs)
    np.testing.assert_array_equal(predict(again.model, tiny_dataset.train.images), first.train_logits)


@pytest.mark.parametrize("change", [{"seed": 1}, {"baseline.architecture": "resnet9"}, {"dataset.limit": 40}])
def test_another_seed_architecture_or_dataset_is_another_stage(
    change: Mapping[str, object], given_model: Path, tmp_path: Path
) -> None:
    values: dict[str, object] = {"dataset.limit": 60, "baseline.model": str(given_model)}
    keys = set()
    for config in (build_config(values), build_config({**values, **change})):
        dataset = load_dataset(config.dataset, config.seed)
        keys.add(obtain_baseline(config, dataset, StageCache(tmp_path), keep_silent).key)
    assert len(keys) == 2


def test_the_training_logits_are_those_of_the_clean_images(
    tiny_result: RunResult, tiny_dataset: Dataset
) -> None:
    baseline = tiny_result.baseline
    assert baseline.train_logits.shape == (120, 10)
    np.testing.assert_array_equal(baseline.train_logits, predict(baseline.model, tiny_dataset.train.images))


def test_the_training_entropies_are_those_of_the_predictions(tiny_result: RunResult) -> None:
    weights = np.exp(np.asarray(tiny_result.baseline.train_logits, np.float64))
    predictions = weights / weights.sum(axis=1, keepdims=True)
    expected = -(predictions * np.log(predictions)).sum(axis=1)
    assert expected.std() > 0.1
    np.testing.assert_allclose(tiny_result.baseline.train_entropies, expected, rtol=1e-9)


def test_the_multiply_accumulates_of_training_are_counted_by_hand(tiny_result: RunResult) -> None:
    convolutions = 8 * 8 * 9 * (1 * 32 + 32 * 32) + 4 * 4 * 9 * (32 * 64 + 64 * 64)
    forward = convolutions + 64 * 10
    assert tiny_result.baseline.macs == 3 * forward * 120 * 4


def test_a_given_model_is_used_as_it_is(
    given_model: Path, tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    recorder = Recorder()
    config = give_model(tiny_config, given_model)
    baseline = obtain_baseline(config, tiny_dataset, StageCache(tmp_path), recorder)
    given = keras.saving.load_model(given_model)
    assert (recorder.told, baseline.seconds, baseline.macs) == ([], 0.0, 0)
    for received, expected in zip(baseline.model.get_weights(), given.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_a_given_model_with_adapted_normalization_predicts_as_in_its_file(
    adapted_config: EncodeNetConfig, adapted_baseline: Baseline, tiny_dataset: Dataset
) -> None:
    given = keras.saving.load_model(str(adapted_config.baseline.model))
    expected = predict(given, tiny_dataset.train.images)
    np.testing.assert_array_equal(adapted_baseline.train_logits, expected)
    np.testing.assert_array_equal(predict(adapted_baseline.model, tiny_dataset.train.images), expected)
    features = predict(adapted_baseline.parts.feature_extractor, tiny_dataset.train.images)
    np.testing.assert_array_equal(predict(adapted_baseline.parts.classifier, features), expected)


def test_a_touched_or_moved_model_is_the_same_stage_and_an_exchanged_one_is_another(
    given_model: Path, tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    path, cache = tmp_path / "model.keras", StageCache(tmp_path / "cache")

    def key_of(place: Path) -> str:
        return obtain_baseline(give_model(tiny_config, place), tiny_dataset, cache, keep_silent).key

    path.write_bytes(given_model.read_bytes())
    first, times = key_of(path), path.stat()
    os.utime(path, ns=(1, 1))
    assert key_of(path) == key_of(given_model) == first
    keras.saving.load_model(path).save(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert key_of(path) != first


@pytest.mark.parametrize("change", [{"cut": "early"}, {"pixel_range": (0.0, 255.0)}], ids=str)
def test_another_cut_or_pixel_range_is_another_stage(
    change: Mapping[str, object], tiny_config: EncodeNetConfig, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    convolutions = [keras.layers.Conv2D(2, 3, name=name) for name in ("early", "late")]
    dense = [keras.layers.Flatten(), keras.layers.Dense(10)]
    keras.Sequential([keras.Input((8, 8, 1)), *convolutions, *dense]).save(tmp_path / "model.keras")
    config = give_model(tiny_config, tmp_path / "model.keras")
    section = config.baseline.model_copy(update=dict(change))
    changed = config.model_copy(update={"baseline": section})
    first, second = (
        obtain_baseline(each, tiny_dataset, StageCache(tmp_path), keep_silent) for each in (config, changed)
    )
    assert first.key != second.key
    assert (first.cut, first.parts.cut) == ("late", "late")
    assert second.parts.cut == change.get("cut", "late")
    assert second.model.count_params() == first.model.count_params()


def test_a_given_model_that_guesses_is_told_with_its_remedy_and_found_pixels_are_told(
    tmp_path: Path,
) -> None:
    model = save_color_classifier(tmp_path / "mine.keras", PixelForm((0.0, 255.0), "bgr"))
    data = save_color_archive(tmp_path / "colors.npz")
    values = {"dataset.source": str(data), "baseline.model": str(model)}

    def notes(**others: object) -> list[str]:
        config = build_config({**values, **others})
        dataset = load_dataset(config.dataset, config.seed)
        baseline = obtain_baseline(config, dataset, StageCache(tmp_path / "cache"), keep_silent)
        return list(notes_on_baseline(config, dataset, baseline))

    (warning,) = notes()
    assert "no better than chance" in warning
    assert warning.endswith(f"encodenet inspect {model} --data {data}")
    assert notes(**{"baseline.pixel_range": [0, 255], "baseline.channel_order": "bgr"}) == []
    (found,) = notes(**{"baseline.pixel_range": "auto"})
    assert found.startswith("the baseline takes pixels in [0, 255], BGR")


def test_a_model_that_is_not_there_is_not_mistaken_for_an_architecture(
    tiny_config: EncodeNetConfig, tiny_result: RunResult, tiny_dataset: Dataset, tiny_cache: StageCache
) -> None:
    assert tiny_result.baseline.cut is None
    with pytest.raises(ConfigError, match=r"^baseline.model 'absent.keras' is no file"):
        obtain_baseline(give_model(tiny_config, Path("absent.keras")), tiny_dataset, tiny_cache, keep_silent)
