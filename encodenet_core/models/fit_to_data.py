"""Whether a given classifier fits a dataset: in which form of pixels, and in which order of classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from encodenet_core.config import EncodeNetConfig
from encodenet_core.config_values import change_config, parse_assignment
from encodenet_core.data.dataset import Dataset
from encodenet_core.errors import ConfigError
from encodenet_core.models.fitting_images import fitting_options
from encodenet_core.models.form_scores import FormScores, sample_for, score_forms
from encodenet_core.models.given import load_scorer
from encodenet_core.models.inspection import Shape
from encodenet_core.models.pixel_forms import PixelForm, common_forms


@dataclass(frozen=True)
class DataFit:
    """How a classifier does on the validation images of a dataset.

    Attributes:
        name: of the dataset.
        image_shape: `(height, width, channels)` of its images, before they were made to fit.
        class_names: in the order of the labels.
        needed: config keys and values, as YAML, that make the images fit the model.
        scores: None where the model does not classify such images.
        refusal: why it does not.
    """

    name: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    needed: Mapping[str, str] = field(default_factory=dict)
    scores: FormScores | None = None
    refusal: str | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values, with what follows from the scores."""
        told = asdict(self)
        if self.scores is not None:
            best = self.scores.best
            told["scores"]["best"] = {
                "options": best.form.options,
                "accuracy": best.accuracy,
                "matched_accuracy": best.matched_accuracy,
                "classes": [self.class_names[label] for label in best.classes],
            }
            told["scores"]["orders_agree"] = self.scores.orders_agree
            told["scores"]["is_better_than_chance"] = self.scores.is_better_than_chance
        return told


def measure_fit(
    config: EncodeNetConfig,
    model_shape: Shape,
    load: Callable[[EncodeNetConfig], Dataset],
    say: Callable[[str], None],
) -> DataFit:
    """Try the given model of a config on validation images; those of the test split are not looked at.

    Args:
        config: names model and dataset.
        model_shape: what the model takes.
        load: the dataset of such a config.
        say: is told what is tried.

    Raises:
        ConfigError: the model cannot be loaded.
        DataError: the dataset cannot be read.
    """
    dataset = load(config)
    shape, names = dataset.image_shape, dataset.class_names
    needed = fitting_options(model_shape, shape) or {}
    if needed:
        dataset = load(change_config(config, dict(parse_assignment(f"{k}={v}") for k, v in needed.items())))
    forms = _forms(config, dataset.image_shape[2])
    try:
        model = load_scorer(Path(str(config.baseline.model)), dataset)
    except ConfigError as error:
        return DataFit(dataset.name, shape, names, refusal=str(error))
    sample = sample_for(model, dataset.validation, len(forms))
    say(f"trying {len(forms)} forms of pixels on {len(sample.labels)} validation images")
    return DataFit(dataset.name, shape, names, needed, score_forms(model, forms, sample))


def _forms(config: EncodeNetConfig, channels: int) -> tuple[PixelForm, ...]:
    """The common ones, and that of the config if it is another."""
    common = common_forms(channels)
    if config.baseline.pixel_range == "auto":
        return common
    own = PixelForm.of(config.baseline)
    own.check_channels(channels)
    return common if own in common else (*common, own)
