"""The parts of a config that say what becomes of a baseline: conversion, classification, distillation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from encodenet_core.config_section import Section, Word
from encodenet_core.config_training import AugmentedTrainingConfig, TrainingConfig, completed

EncoderInit = Literal["baseline", "random"]
Target = Literal["identity", "class", "cluster"]
ClassificationTarget = Literal["labels", "teacher"]
ClassifierInit = Literal["random", "autoencoder"]
ClassificationPart = Literal["baseline", "convolutional"]
Distiller = Literal["kd", "rkd", "fitnet", "ft", "ft_official"]

WITHOUT_CONVERSION: Mapping[str, float] = {"autoencoder.reconstruction_weight": 0.0}
"""The change that leaves the conversion out of a config's training."""


class AutoencoderConfig(Section):
    """How the converting autoencoder is trained; `target` spans the three setups of table 3.

    The rest goes beyond the paper. `classification_weight` is that of a cross-entropy term, the encoder's
    features classified while it learns to convert; `classification_target` is what that term compares with:
    the labels, or mostly the softened predictions of `distillation.teacher` on the same augmented images.
    `reconstruction_weight` is that of the squared error; 0 converts nothing, and builds no decoder into the
    fit.
    """

    _later = frozenset({"classification_target", "reconstruction_weight"})

    encoder_init: EncoderInit = "baseline"
    target: Target = "cluster"
    classification_weight: float = Field(0.0, ge=0.0, le=1e6, allow_inf_nan=False)
    classification_target: ClassificationTarget = "labels"
    reconstruction_weight: float = Field(1.0, ge=0.0, le=1e6, allow_inf_nan=False)
    training: Annotated[AugmentedTrainingConfig, completed("autoencoder")] = Field(
        default_factory=dict, validate_default=True
    )

    @property
    def converts_and_classifies(self) -> bool:
        """Whether both terms count, so that without conversion there is still something to learn."""
        return self.classification_weight > 0 and self.reconstruction_weight > 0

    @field_validator("classification_target")
    @classmethod
    def _counts(cls, target: ClassificationTarget, info: ValidationInfo) -> ClassificationTarget:
        if target != "labels" and not info.data.get("classification_weight"):
            raise ValueError("'labels' where autoencoder.classification_weight is 0; raise that, to 1 say")
        return target

    @field_validator("reconstruction_weight")
    @classmethod
    def _leaves_something(cls, weight: float, info: ValidationInfo) -> float:
        if weight == 0 and not info.data.get("classification_weight"):
            raise ValueError("more than 0 where autoencoder.classification_weight is 0, or nothing is learnt")
        return weight


class ClassifierConfig(Section):
    """How the classification layers are trained on the frozen encoder (section 3.3).

    Three options go beyond the paper. `init` is whether they start afresh or, where the autoencoder stage
    classifies too, as that left them. `part` is the baseline's own classification layers, or a small
    convolutional part of another size. `unfreeze_after` is the epoch after which the encoder is trained too,
    by the baseline's augmentation and at a tenth of the learning rate; null is never.
    """

    _later = frozenset({"init"})

    init: ClassifierInit = "random"
    part: ClassificationPart = "baseline"
    training: Annotated[TrainingConfig, completed("classifier")] = Field(
        default_factory=dict, validate_default=True
    )
    unfreeze_after: int | None = Field(None, ge=1)

    @field_validator("part")
    @classmethod
    def _trained_before(cls, part: ClassificationPart, info: ValidationInfo) -> ClassificationPart:
        if part != "baseline" and info.data.get("init") == "autoencoder":
            raise ValueError(
                "'baseline' beside a classifier.init of 'autoencoder', which trains no other part"
            )
        return part

    @field_validator("unfreeze_after")
    @classmethod
    def _before_the_end(cls, unfreeze_after: int | None, info: ValidationInfo) -> int | None:
        training = info.data.get("training")
        if unfreeze_after is not None and training is not None and unfreeze_after >= training.epochs:
            raise ValueError(f"less than classifier.training.epochs, which is {training.epochs}, or null")
        return unfreeze_after


class DistillationConfig(Section):
    """How a student of the baseline's structure learns from a teacher: the rivals of table 4.

    `teacher` is `baseline`, an architecture that is trained as the baseline is, or the path of a trained
    classifier. `temperature` is for `kd`. `student_hint` and `teacher_hint` name the layers whose maps
    `fitnet` compares; null finds them.
    """

    method: Distiller = "kd"
    teacher: Word = "baseline"
    temperature: float = Field(4.0, gt=0.0, le=100.0, allow_inf_nan=False)
    student_hint: Word | None = None
    teacher_hint: Word | None = None
