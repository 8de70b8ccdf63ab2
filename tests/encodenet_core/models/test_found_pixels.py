from __future__ import annotations

import time
from pathlib import Path

import pytest
from color_models import save_color_archive, save_color_classifier

from encodenet_core.baseline import obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import build_config
from encodenet_core.data.dataset import load_dataset
from encodenet_core.errors import ConfigError
from encodenet_core.models.found_pixels import settle_pixels
from encodenet_core.models.pixel_forms import PixelForm
from encodenet_core.stages.cache import StageCache


@pytest.fixture
def config(tmp_path: Path) -> EncodeNetConfig:
    """A classifier of BGR in 0..255 whose form is to be found; its test images tell nothing."""
    model = save_color_classifier(tmp_path / "mine.keras", PixelForm((0.0, 255.0), "bgr"))
    data = save_color_archive(tmp_path / "colors.npz", blank_test=True)
    return build_config(
        {"dataset.source": str(data), "baseline.model": str(model), "baseline.pixel_range": "auto"}
    )


def test_auto_finds_the_form_on_training_images_and_the_stage_is_that_of_the_form(
    config: EncodeNetConfig, tmp_path: Path
) -> None:
    dataset, cache = load_dataset(config.dataset, config.seed), StageCache(tmp_path / "cache")
    found = obtain_baseline(config, dataset, cache)
    assert found.pixels == PixelForm((0.0, 255.0), "bgr")
    assert (found.train_logits.argmax(axis=1) == dataset.train.labels).all()
    named = {"pixel_range": (0.0, 255.0), "channel_order": "bgr"}
    section = config.baseline.model_copy(update=named)
    by_hand = obtain_baseline(config.model_copy(update={"baseline": section}), dataset, cache)
    assert by_hand.key == found.key


def test_what_was_found_is_read_from_the_cache(config: EncodeNetConfig, tmp_path: Path) -> None:
    dataset, cache = load_dataset(config.dataset, config.seed), StageCache(tmp_path / "cache")
    first = settle_pixels(config.baseline, "content", dataset, cache)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").glob("pixels-*/*")}
    Path(str(config.baseline.model)).unlink()
    time.sleep(0.01)
    assert settle_pixels(config.baseline, "content", dataset, cache) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").glob("pixels-*/*")} == written
    assert (first.pixel_range, first.channel_order) == ((0.0, 255.0), "bgr")


def test_a_range_that_is_named_stays_and_no_model_is_opened(config: EncodeNetConfig, tmp_path: Path) -> None:
    dataset, cache = load_dataset(config.dataset, config.seed), StageCache(tmp_path / "cache")
    section = config.baseline.model_copy(update={"pixel_range": "torch", "model": "absent.keras"})
    assert settle_pixels(section, None, dataset, cache) is section
    assert list((tmp_path / "cache").glob("*")) == []


def test_a_model_that_is_not_there_is_one_line(config: EncodeNetConfig, tmp_path: Path) -> None:
    dataset, cache = load_dataset(config.dataset, config.seed), StageCache(tmp_path / "cache")
    section = config.baseline.model_copy(update={"model": "absent.keras"})
    with pytest.raises(ConfigError, match=r"^baseline.model 'absent.keras' is no file"):
        settle_pixels(section, None, dataset, cache)
