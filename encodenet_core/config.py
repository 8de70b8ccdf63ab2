"""One frozen configuration of the whole EncodeNet pipeline.

The names of every choice are `Literal` types here; their implementations are plain dicts beside their code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

NamedSource = Literal["digits", "cifar10", "cifar100", "mnist", "fashion_mnist"]
Architecture = Literal[
    "small", "resnet9", "vgg8", "vgg13", "vgg16", "vgg16_keras",
    "resnet18", "resnet20", "resnet32", "resnet50", "resnet110",
]  # fmt: skip
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
