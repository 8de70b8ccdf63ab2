"""One frozen configuration of the whole EncodeNet pipeline, and its form on disk.

The names of every choice are `Literal` types here; their implementations are plain dicts beside their code.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from reprlib import Repr
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from encodenet_core.errors import ConfigError
from encodenet_core.plain_yaml import NotPlainError, format_yaml, parse_yaml
from encodenet_core.plain_yaml import read_yaml as read_yaml

NamedSource = Literal["digits", "cifar10", "cifar100", "mnist", "fashion_mnist"]
Architecture = Literal["small", "resnet9", "resnet20"]
Recipe = Literal["fast", "paper"]
Extractor = Literal["baseline", "vgg16", "pixels"]
ClusteringMethod = Literal["kmeans", "hdbscan", "cosine"]
Noise = Literal["nearest", "own"]
Upsampling = Literal["nearest", "bilinear", "transposed", "pixel_shuffle"]
Convolution = Literal["plain", "separable", "residual", "bottleneck", "inverted_residual"]
Widths = Literal["mirrored", "halving", "constant"]
Activation = Literal["relu", "leaky_relu", "gelu", "silu"]
EncoderInit = Literal["baseline", "random"]
Target = Literal["identity", "class", "cluster"]

SELF_COUNTING_METHODS: frozenset[ClusteringMethod] = frozenset({"hdbscan"})
"""Clustering methods that find the number of clusters themselves; `n_clusters` means nothing to them."""

TRAINING_DEFAULTS: dict[str, dict[str, dict[str, float]]] = {
    "baseline": {
        "fast": {"epochs": 15, "batch_size": 64, "learning_rate": 0.1},
        "paper": {"epochs": 300, "batch_size": 128, "learning_rate": 0.1},
    },
    "autoencoder": {
        "fast": {"epochs": 15, "batch_size": 64, "learning_rate": 2e-3},
        "paper": {"epochs": 500, "batch_size": 128, "learning_rate": 1e-3},
    },
    "classifier": {
        "fast": {"epochs": 30, "batch_size": 64, "learning_rate": 0.1},
        "paper": {"epochs": 100, "batch_size": 128, "learning_rate": 0.1},
    },
}
"""What a recipe means for each stage where a config says nothing else (paper, section 4.1)."""


class Section(BaseModel):
    """A frozen part of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DatasetConfig(Section):
    """Which images, how many of them, and how they are split.

    `source` is a name, a path to an `.npz` or a path to an image folder. `limit` is the number of images
    kept for training and validation together, the same number of every class. `flip` says whether a
    mirrored image keeps its class; where it is null, the source decides (no for digits and MNIST).
    """

    source: str = Field("digits", min_length=1)
    limit: int | None = Field(None, ge=2)
    validation_fraction: float = Field(0.2, gt=0.0, lt=0.9)
    flip: bool | None = None


class TrainingConfig(Section):
    """One fit: `recipe` names optimizer, schedule and augmentation; the numbers adjust it."""

    recipe: Recipe = "fast"
    epochs: int = Field(ge=1, le=100_000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0.0, le=100.0, allow_inf_nan=False)


def _completed(stage: str) -> BeforeValidator:
    """Fill what a training section leaves out from the defaults of its recipe at that stage."""

    def complete(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        defaults = TRAINING_DEFAULTS[stage].get(str(value.get("recipe", "fast")), {})
        return {**defaults, **value}

    return BeforeValidator(complete)


class BaselineConfig(Section):
    """The network to improve: an architecture to train, or the path of a trained `.keras` classifier."""

    architecture: Architecture = "small"
    model: str | None = None
    training: Annotated[TrainingConfig, _completed("baseline")] = Field(
        default_factory=dict, validate_default=True
    )


class EmbeddingConfig(Section):
    """The vectors that are clustered; `weights` is `imagenet` or a path, and is for `vgg16` alone."""

    extractor: Extractor = "baseline"
    weights: str | None = None


class ClusteringConfig(Section):
    """Intraclass clustering (section 3.2). `n_clusters` is a count for each class, or `auto`: the elbow."""

    method: ClusteringMethod = "kmeans"
    n_clusters: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] = 3
    noise: Noise = "nearest"


class DecoderConfig(Section):
    """The searched half of the converting autoencoder (section 3.1)."""

    depth: int = Field(2, ge=1, le=12)
    upsampling: Upsampling = "nearest"
    convolution: Convolution = "plain"
    widths: Widths = "mirrored"
    kernel_size: int = Field(3, ge=1, le=7)
    activation: Activation = "relu"

    @field_validator("kernel_size")
    @classmethod
    def _odd(cls, kernel_size: int) -> int:
        if kernel_size % 2 == 0:
            raise ValueError("an odd number is expected, so that a convolution has a centre")
        return kernel_size


class AutoencoderConfig(Section):
    """How the converting autoencoder is trained; `target` spans the three setups of table 3."""

    encoder_init: EncoderInit = "baseline"
    target: Target = "cluster"
    training: Annotated[TrainingConfig, _completed("autoencoder")] = Field(
        default_factory=dict, validate_default=True
    )


class ClassifierConfig(Section):
    """How the classification layers are trained on the frozen encoder (section 3.3)."""

    training: Annotated[TrainingConfig, _completed("classifier")] = Field(
        default_factory=dict, validate_default=True
    )


class EncodeNetConfig(Section):
    """Everything that a run of the pipeline depends on."""

    dataset: DatasetConfig = DatasetConfig()
    baseline: BaselineConfig = BaselineConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()
    clustering: ClusteringConfig = ClusteringConfig()
    decoder: DecoderConfig = DecoderConfig()
    autoencoder: AutoencoderConfig = AutoencoderConfig()
    classifier: ClassifierConfig = ClassifierConfig()
    seed: int = Field(0, ge=0, lt=2**31)

    def stable_hash(self) -> str:
        """Sixteen hexadecimal digits that equal configs share, in any process and on any machine."""
        return stable_hash(self.model_dump(mode="json"))


def stable_hash(value: object) -> str:
    """Sixteen hexadecimal digits of a JSON value, whatever the order of its keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one mapping from dotted paths (`decoder.depth`) to plain values."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        path = f"{prefix}{key}"
        flat.update(flatten(value, f"{path}.") if isinstance(value, Mapping) else {path: value})
    return flat


CONFIG_PATHS = tuple(flatten(EncodeNetConfig().model_dump()))
"""Every dotted path that a config, `--set` or a search space can name."""


TRUTH_PATHS = ("dataset.flip",)
"""The paths whose value is true or false; everywhere else pydantic would read true as 1."""


def build_config(values: Mapping[str, Any]) -> EncodeNetConfig:
    """The checked config that these values describe; what they leave out has its default.

    Args:
        values: dotted paths to plain values, as `flatten` returns them.

    Raises:
        ConfigError: a path is unknown or a value is out of its range.
    """
    nested: dict[str, Any] = {}
    for path, value in values.items():
        check_path(path)
        if isinstance(value, bool) and path not in TRUTH_PATHS:
            raise ConfigError(f"{path} is {value}, but expected is a number, a word or a path")
        *sections, name = path.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    try:
        return EncodeNetConfig.model_validate(nested)
    except ValidationError as error:
        raise ConfigError(_one_line(error)) from None


def check_path(path: str) -> None:
    """Raise a ConfigError that names the nearest known path where this one is unknown."""
    if path in CONFIG_PATHS:
        return
    close = difflib.get_close_matches(path, CONFIG_PATHS, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(CONFIG_PATHS)}"
    raise ConfigError(f"unknown config key {path!r}; {remedy}")


_SHORTENED = Repr()
_SHORTENED.maxstring = 80


def _one_line(error: ValidationError) -> str:
    errors = error.errors()
    path = _known_path(errors[0]["loc"])
    alternatives = [other["msg"] for other in errors if _known_path(other["loc"]) == path]
    expected = " or ".join(
        message.removeprefix("Value error, ").removeprefix("Input should be ") for message in alternatives
    )
    return f"{path} is {_SHORTENED.repr(errors[0]['input'])}, but expected is: {expected}"


def _known_path(location: tuple[int | str, ...]) -> str:
    path = ".".join(str(part) for part in location)
    while path and not any(known == path or known.startswith(f"{path}.") for known in CONFIG_PATHS):
        path = path.rpartition(".")[0]
    return path


FILE_PATHS: dict[str, tuple[str, ...]] = {
    "dataset.source": get_args(NamedSource),
    "baseline.model": (),
    "embedding.weights": ("imagenet",),
}
"""Config keys that may hold the path of a file or folder, and the names that are none."""


def with_absolute_paths(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the paths of existing files and folders made absolute, to hold in any folder.

    A name stays one, whatever lies about under that name.
    """
    absolute = dict(values)
    for key, names in FILE_PATHS.items():
        value = values.get(key)
        if isinstance(value, str) and value not in names and os.path.exists(value):
            absolute[key] = str(Path(value).resolve())
    return absolute


def parse_assignment(text: str) -> tuple[str, Any]:
    """`decoder.depth=3` as ("decoder.depth", 3); the value is read as YAML."""
    path, separator, value = text.partition("=")
    if not separator:
        raise ConfigError(f"--set {text!r} has no '='; write it as --set decoder.depth=3")
    check_path(path.strip())
    try:
        return path.strip(), parse_yaml(value)
    except NotPlainError:
        raise ConfigError(
            f"--set {text!r}: the value is not plain YAML; write it as --set decoder.depth=3"
        ) from None


def load_config(path: Path, overrides: Mapping[str, Any] | None = None) -> EncodeNetConfig:
    """The config in a YAML file, nested or with dotted paths, with overrides applied."""
    return build_config(with_absolute_paths({**flatten(read_yaml(path)), **(overrides or {})}))


def dump_config(config: EncodeNetConfig) -> str:
    """The resolved config as YAML text that `load_config` reads back to an equal config."""
    return format_yaml(config.model_dump(mode="json"))
