"""One frozen configuration of the whole EncodeNet pipeline.

The names of every choice are `Literal` types here; their implementations are plain dicts beside their code.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from encodenet_core.config_conversion import AutoencoderConfig, ClassifierConfig, DistillationConfig
from encodenet_core.config_section import Section, Word
from encodenet_core.config_training import BaselineTrainingConfig, complete_for

NamedSource = Literal["digits", "cifar10", "cifar100", "mnist", "fashion_mnist"]
Architecture = Literal[
    "small", "resnet9", "vgg8", "vgg13", "vgg16", "vgg16_keras",
    "resnet18", "resnet20", "resnet32", "resnet50", "resnet110",
]  # fmt: skip
Attention = Literal["se", "bam", "cbam", "gam", "gam_groups"]
Precision = Literal["float32", "mixed_bfloat16"]
Extractor = Literal["baseline", "vgg16", "pixels"]
ClusteringMethod = Literal["kmeans", "hdbscan", "cosine"]
Noise = Literal["nearest", "own"]
Upsampling = Literal["nearest", "bilinear", "transposed", "pixel_shuffle"]
Convolution = Literal["plain", "separable", "residual", "bottleneck", "inverted_residual"]
Widths = Literal["mirrored", "halving", "constant"]
Activation = Literal["relu", "leaky_relu", "gelu", "silu"]
PixelValue = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NamedPixelRange = Literal["auto", "tf", "torch", "caffe"]
ChannelOrder = Literal["rgb", "bgr"]
Resize = Literal["crop", "pad", "stretch"]
Color = Literal["grey", "rgb"]

SELF_COUNTING_METHODS: frozenset[ClusteringMethod] = frozenset({"hdbscan"})
"""Clustering methods that find the number of clusters themselves; `n_clusters` means nothing to them."""


RESNETS: frozenset[Architecture] = frozenset({"resnet18", "resnet20", "resnet32", "resnet50", "resnet110"})
WIDE_RESNETS: frozenset[Architecture] = frozenset({"resnet18", "resnet50"})
ATTENDED: dict[Attention, frozenset[Architecture]] = {
    **dict.fromkeys(get_args(Attention), RESNETS),
    "gam_groups": WIDE_RESNETS,
}
"""The architectures that take an attention; the thin ones have too few channels for groups."""


Side = Annotated[int, Field(ge=1, le=4096, strict=True)]
"""Of an image, in pixels."""


class DatasetConfig(Section):
    """Which images, how many of them, and how they are split.

    `source` is a name, or a path to an image folder, an `.npz` or a table. `limit` is the number of images
    kept for training and validation together, the same number of every class. `flip` says whether a
    mirrored image keeps its class; where it is null, the source decides (no for digits and MNIST).
    `image_size` is `[height, width]`, which pictures of another size are brought to as `resize` says; without
    it all must have one size. `color` makes all of them grey or RGB; without it they are grey if all are.
    """

    _later = frozenset({"image_size", "resize", "color"})

    source: Word = "digits"
    limit: int | None = Field(None, ge=2)
    validation_fraction: float = Field(0.2, gt=0.0, lt=0.9)
    flip: bool | None = None
    image_size: tuple[Side, Side] | None = None
    resize: Resize = "crop"
    color: Color | None = None

    @property
    def how_to_resize(self) -> Resize:
        """What becomes of a new picture of another size than the images that were trained on."""
        return self.resize if self.image_size else "stretch"


class BaselineConfig(Section):
    """The network to improve: an architecture to train, or the path of a trained Keras classifier.

    `cut`, `pixel_range` and `channel_order` belong to `model`: the layer whose output is the features (null
    finds one), what it takes for black and white, which are 0 and 1 everywhere else, and the order of its
    channels. `tf`, `torch` and `caffe` are those of `keras.applications`; `auto` tries what is common, orders
    too. `attention` makes a ResNet one of the larger rivals of table 5. `width` is times the channels of
    every layer of an architecture.
    """

    _later = frozenset({"attention", "channel_order", "width"})

    architecture: Architecture = "small"
    model: Word | None = None
    width: float = Field(1.0, gt=0.0, le=8.0, allow_inf_nan=False)
    attention: Attention | None = None
    cut: Word | None = None
    pixel_range: tuple[PixelValue, PixelValue] | NamedPixelRange = (0.0, 1.0)
    channel_order: ChannelOrder = "rgb"
    training: BaselineTrainingConfig = Field(default_factory=dict, validate_default=True)

    @field_validator("training", mode="before")
    @classmethod
    def _completed(cls, training: object, info: ValidationInfo) -> object:
        return complete_for(info.data.get("model"), training)

    @field_validator("attention")
    @classmethod
    def _of_a_resnet(cls, attention: Attention | None, info: ValidationInfo) -> Attention | None:
        fitting = attention and ATTENDED[attention]
        named = info.data.get("architecture")
        if fitting and (info.data.get("model") or (named and named not in fitting)):
            raise ValueError(f"null, or a baseline.architecture with that: {', '.join(sorted(fitting))}")
        return attention

    @field_validator("width")
    @classmethod
    def _of_an_architecture(cls, width: float, info: ValidationInfo) -> float:
        if width != 1 and info.data.get("model") is not None:
            raise ValueError(
                "1 beside a baseline.model, because only architectures can be built wider or narrower"
            )
        return width

    @field_validator("cut")
    @classmethod
    def _of_a_model(cls, cut: str | None, info: ValidationInfo) -> str | None:
        if cut is not None and info.data.get("model") is None:
            raise ValueError("nothing, because only the layers of a baseline.model can be named")
        return cut

    @field_validator("pixel_range", mode="before")
    @classmethod
    def _pair_or_name(cls, value: object) -> object:
        if isinstance(value, list | tuple) and len(value) == 2 or value in get_args(NamedPixelRange):
            return value
        raise ValueError(f"[low, high] such as [0, 255], or {', '.join(get_args(NamedPixelRange))}")

    @field_validator("pixel_range")
    @classmethod
    def _ascending(
        cls, pixel_range: tuple[float, float] | NamedPixelRange, info: ValidationInfo
    ) -> tuple[float, float] | NamedPixelRange:
        if not isinstance(pixel_range, str) and not pixel_range[0] < pixel_range[1]:
            raise ValueError("[low, high] with low < high, such as [0, 255]")
        if pixel_range != (0, 1) and info.data.get("model") is None:
            raise ValueError("[0, 1] without a baseline.model, because the architectures take that")
        return pixel_range

    @field_validator("channel_order")
    @classmethod
    def _known_to_somebody(cls, order: ChannelOrder, info: ValidationInfo) -> ChannelOrder:
        if order != "rgb" and info.data.get("model") is None:
            raise ValueError("'rgb' without a baseline.model, because the architectures take that")
        if order != "rgb" and info.data.get("pixel_range") == "auto":
            raise ValueError("'rgb' beside baseline.pixel_range: auto, which finds out the order too")
        return order


class EmbeddingConfig(Section):
    """The vectors that are clustered; `weights` is `imagenet` or a path, and is for `vgg16` alone."""

    extractor: Extractor = "baseline"
    weights: Word | None = None


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


class ComputeConfig(Section):
    """How the backend computes: the precision of the layers that we build, and whether XLA compiles steps.

    With JAX it always does; with PyTorch its own compiler takes the place of XLA.
    A given model keeps the precision that it was saved with.
    """

    precision: Precision = "float32"
    jit_compile: bool = False


class EncodeNetConfig(Section):
    """Everything that a run of the pipeline, and of its rivals, depends on."""

    _later = frozenset({"distillation"})

    dataset: DatasetConfig = DatasetConfig()
    baseline: BaselineConfig = BaselineConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()
    clustering: ClusteringConfig = ClusteringConfig()
    decoder: DecoderConfig = DecoderConfig()
    autoencoder: AutoencoderConfig = AutoencoderConfig()
    classifier: ClassifierConfig = ClassifierConfig()
    distillation: DistillationConfig = DistillationConfig()
    compute: ComputeConfig = ComputeConfig()
    seed: int = Field(0, ge=0, lt=2**31)

    @field_validator("classifier")
    @classmethod
    def _trained_with_the_encoder(
        cls, classifier: ClassifierConfig, info: ValidationInfo
    ) -> ClassifierConfig:
        autoencoder = info.data.get("autoencoder")
        if classifier.init == "autoencoder" and autoencoder and not autoencoder.classification_weight:
            raise ValueError(
                "an init of 'random' where autoencoder.classification_weight is 0; raise that, to 1 say"
            )
        return classifier

    @field_validator("distillation")
    @classmethod
    def _of_batches(cls, distillation: DistillationConfig, info: ValidationInfo) -> DistillationConfig:
        baseline = info.data.get("baseline")
        if distillation.method == "rkd" and baseline and baseline.training.batch_size < 2:
            raise ValueError(
                "a method other than 'rkd', which compares the images of a batch, where "
                "baseline.training.batch_size is 1; raise that, to 64 say"
            )
        return distillation

    def stable_hash(self) -> str:
        """Sixteen hexadecimal digits that equal configs share, in any process and on any machine."""
        return stable_hash(self.identity())


def stable_hash(value: object) -> str:
    """Sixteen hexadecimal digits of a JSON value, whatever the order of its keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
