"""How much faster the classifier stage is on cached features than through the frozen encoder.

The claim: 50 epochs of `fit_encodenet`, which passes every image through the encoder once, take at most a
tenth of the time of `model.fit` on the assembled model with its encoder frozen, and reach the same validation
accuracy within 0.3 points. Both start from the same weights and see the same batches in the same order under
the same optimizer and schedule, without augmentation; the pass that caches the features counts.

    python benchmarks/classifier_stage.py --data cifar10.npz

What is measured with that command, and on which machine, stands in `results/cifar10-subset/README.md`.
Without `--data` the packaged digits and the network `small` run offline; so cheap an encoder gains less.
The exit code is 0 where the claim holds and 1 where it does not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import get_args

from encodenet_core.cli.session import prepare_environment
from encodenet_core.config import Architecture, EncodeNetConfig
from encodenet_core.config_values import build_config

CLAIMED_RATIO = 10.0
CLAIMED_POINTS = 0.3


def main() -> None:
    """Measure both ways on one baseline and print what came out."""
    options = parse_arguments()
    prepare_environment()
    config = build_config(
        {
            "dataset.source": options.data,
            "dataset.limit": options.images,
            "baseline.architecture": options.architecture
            or ("small" if options.data == "digits" else "resnet9"),
            "baseline.training.epochs": options.baseline_epochs,
            "classifier.training.epochs": options.epochs,
            "seed": options.seed,
        }
    )
    cached, through = measure(config)
    ratio, points = through[0] / cached[0], 100 * abs(through[1] - cached[1])
    sys.stdout.write(
        f"cached features:     {cached[0]:8.2f} s  validation accuracy {cached[1]:.2%}\n"
        f"through the encoder: {through[0]:8.2f} s  validation accuracy {through[1]:.2%}\n"
        f"ratio {ratio:.1f} (claimed: at least {CLAIMED_RATIO:g}), "
        f"difference {points:.2f} points (claimed: at most {CLAIMED_POINTS:g})\n"
    )
    sys.exit(0 if ratio >= CLAIMED_RATIO and points <= CLAIMED_POINTS else 1)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits", help="dataset name, .npz file or image folder")
    parser.add_argument("--images", type=int, default=2000, help="for training and validation together")
    parser.add_argument(
        "--architecture", choices=get_args(Architecture), help="resnet9, but small for digits, if left out"
    )
    parser.add_argument("--epochs", type=int, default=50, help="of the classifier stage")
    parser.add_argument(
        "--baseline-epochs", type=int, default=3, help="give the encoder features worth reading"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def measure(config: EncodeNetConfig) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds and validation accuracy on cached features, then those through the frozen encoder."""
    import keras

    from encodenet_core.baseline import Baseline, obtain_baseline
    from encodenet_core.data.dataset import load_dataset
    from encodenet_core.encodenet import fit_encodenet
    from encodenet_core.evaluation import classify_dataset
    from encodenet_core.models.split import clone_with_weights, split_classifier
    from encodenet_core.stages.cache import StageCache
    from encodenet_core.training.batches import TrainingBatches
    from encodenet_core.training.classifiers import smoothed_labels
    from encodenet_core.training.fitting import FitPlan, fit
    from encodenet_core.training.watch import keep_silent

    dataset = load_dataset(config.dataset, config.seed).without_test()
    training = config.classifier.training

    def fit_through_encoder(baseline: Baseline) -> keras.Model:
        model = clone_with_weights(baseline.model)
        feature_extractor, classifier, _ = split_classifier(model)
        feature_extractor.trainable = False
        keras.utils.set_random_seed(config.seed)
        classifier.set_weights(keras.models.clone_model(classifier).get_weights())
        labels = smoothed_labels(dataset.train, dataset.num_classes, "classifier", training)
        batches = TrainingBatches(
            dataset.train.images, labels, batch_size=training.batch_size, seed=config.seed
        )
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        fit(model, batches, loss, FitPlan("classifier", training))
        return model

    with tempfile.TemporaryDirectory() as folder:
        baseline = obtain_baseline(config, dataset, StageCache(Path(folder)), keep_silent)
    started = perf_counter()
    encoder = baseline.parts.feature_extractor
    cached = fit_encodenet(config, dataset, baseline, (encoder, None), keep_silent).model
    between = perf_counter()
    through = fit_through_encoder(baseline)
    ended = perf_counter()
    return (
        (between - started, classify_dataset(cached, dataset).validation_accuracy),
        (ended - between, classify_dataset(through, dataset).validation_accuracy),
    )


if __name__ == "__main__":
    main()
