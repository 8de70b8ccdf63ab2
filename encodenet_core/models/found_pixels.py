"""`baseline.pixel_range: auto` settled: the form of pixels in which a given classifier is the most accurate.

Found on training images, so that what validation and test images measure is no part of the choice.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from encodenet_core.config import BaselineConfig
from encodenet_core.data.dataset import Dataset
from encodenet_core.models.form_scores import sample_for, score_forms
from encodenet_core.models.given import load_scorer
from encodenet_core.models.pixel_forms import common_forms
from encodenet_core.stages.cache import Stage, StageCache
from encodenet_core.stages.contents import read_facts, write_facts

PIXELS = Stage("pixels", version=1)


def settle_pixels(
    section: BaselineConfig, model_content: str | None, dataset: Dataset, cache: StageCache
) -> BaselineConfig:
    """The section with a range and an order in the place of `auto`; any other comes back as it is.

    Args:
        section: of the config.
        model_content: what tells its model from others.
        dataset: its training images are tried.
        cache: keeps what was found.

    Raises:
        ConfigError: a given model cannot be read or does not classify these images.
    """
    if section.pixel_range != "auto":
        return section
    inputs = {"dataset": dataset.fingerprint, "model": model_content}
    folder = cache.obtain(PIXELS, inputs, lambda private: _find(private, Path(str(section.model)), dataset))
    found = read_facts(folder)["found"]
    return BaselineConfig.model_validate({**section.model_dump(), **found})


def _find(folder: Path, path: Path, dataset: Dataset) -> None:
    forms, model = common_forms(dataset.image_shape[2]), load_scorer(path, dataset)
    found = score_forms(model, forms, sample_for(model, dataset.train, len(forms)))
    best = found.best.form
    facts = {"found": {"pixel_range": best.range, "channel_order": best.order}, "tried": asdict(found)}
    write_facts(folder, facts)
