"""A student: the baseline's structure, trained from the start by the baseline's recipe, beside a teacher."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from encodenet_core.baseline import Baseline, build_architecture
from encodenet_core.competitors.distillation import DISTILLERS, DistillationLoss, observe
from encodenet_core.competitors.taps import Tapped
from encodenet_core.config import EncodeNetConfig
from encodenet_core.controls import Control, TrainedControl, obtain_control, plan_like_baseline
from encodenet_core.data.dataset import Dataset
from encodenet_core.evaluation import classify_dataset
from encodenet_core.models.macs import count_macs, training_macs
from encodenet_core.models.split import clone_afresh, clone_with_weights
from encodenet_core.stages.cache import Stage, StageCache
from encodenet_core.teacher import obtain_teacher
from encodenet_core.training.classifiers import fit_image_classifier, image_batches
from encodenet_core.training.fitting import fit
from encodenet_core.training.recipes import stretch
from encodenet_core.training.watch import Report, renamed_report

STUDENT = Stage("student", version=1)

PARAPHRASER_RATE = 0.2
"""Of a paraphraser, as a share of the student's learning rate: 0.01 beside 0.05 in RepDistiller."""


def obtain_student(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    cache: StageCache,
    report: Report,
) -> Control:
    """The scores of a student, from the cache where it is there already; its epochs are the baseline's.

    Its teacher is trained before, where no other student has had it trained.

    Its multiply-accumulates are those of its own training and of the teacher's predictions, not those that
    the teacher's training took.

    Raises:
        ConfigError: the teacher cannot be used, or the method cannot compare these two networks.
    """
    teacher = obtain_teacher(config, dataset, baseline, cache, report)

    def compute(checkpoint: Path, share: float) -> TrainedControl:
        return _train(config, dataset, (baseline, teacher), report, checkpoint, share)

    inputs = {
        "baseline": baseline.key,
        "teacher": teacher.key,
        "training": config.baseline.training.identity(),
        "distillation": config.distillation.identity(),
        "compute": config.compute.identity(),
        "seed": config.seed,
    }
    return obtain_control(STUDENT, inputs, dataset, cache, config.baseline.training.epochs, compute)


def _train(
    config: EncodeNetConfig,
    dataset: Dataset,
    networks: tuple[Baseline, Baseline],
    report: Report,
    checkpoint: Path,
    share: float,
) -> TrainedControl:
    """Train a student of the second of two networks, in the first one's structure, at a share of its rate."""
    baseline, teacher = networks
    section, training, seed = config.distillation, config.baseline.training, config.seed
    plan = plan_like_baseline(config.compute, training, dataset, baseline, seed, share)
    pupil = Tapped(_fresh_model(config, dataset, baseline), baseline.cut, section.student_hint, "student")
    master = Tapped(clone_with_weights(teacher.model), teacher.cut, section.teacher_hint, "teacher")

    def teach(model: keras.Model, loss: keras.losses.Loss, share_of_epochs: float) -> None:
        shorter = stretch(training, max(1, round(share_of_epochs * training.epochs)))
        slower = shorter.model_copy(update={"learning_rate": PARAPHRASER_RATE * plan.training.rate})
        prior = replace(plan, training=slower, checkpoint=checkpoint / "paraphraser")
        renamed = renamed_report(report, "paraphraser")
        fit(model, image_batches(dataset, prior, seed), loss, prior, renamed)

    lesson = DISTILLERS[section.method](pupil, master, section, teach)
    observed = observe(pupil, master, lesson)
    own = replace(plan, checkpoint=checkpoint / "student", judged=pupil.model)
    renamed = renamed_report(report, section.method)
    summary = fit_image_classifier(observed, dataset, own, seed, renamed, DistillationLoss(lesson))
    scores = classify_dataset(pupil.model, dataset.without_test())
    macs = _spent(observed, len(dataset.train.images), training.epochs)
    control = Control(scores, training.epochs, summary.seconds, macs, plan.training.learning_rate)
    return TrainedControl(pupil.model, summary.selected_weights, control)


def _fresh_model(config: EncodeNetConfig, dataset: Dataset, baseline: Baseline) -> keras.Model:
    if config.baseline.model is None:
        return build_architecture(config.baseline, dataset, config.seed, config.compute.precision)
    keras.utils.set_random_seed(config.seed)
    return clone_afresh(baseline.model)


def _spent(observed: keras.Model, n_train: int, epochs: int) -> int:
    """A teacher predicts, and is not trained."""
    predicting = count_macs(observed.get_layer("teacher").network)
    return training_macs(count_macs(observed), n_train, epochs) + predicting * n_train * epochs
