"""EncodeNet from images to metrics: the paper's figure 1, read from top to bottom."""

from __future__ import annotations

from encodenet_core.autoencoder import UntrainedAutoencoder, obtain_autoencoder, train_autoencoder
from encodenet_core.baseline import Baseline, obtain_baseline
from encodenet_core.config import EncodeNetConfig
from encodenet_core.controls import control_features, control_training
from encodenet_core.costs import encodenet_macs
from encodenet_core.data.dataset import Dataset
from encodenet_core.encodenet import fit_encodenet, obtain_encodenet
from encodenet_core.evaluation import classify_dataset, measure_reconstruction
from encodenet_core.grouping import obtain_grouping
from encodenet_core.run_result import Conversion, RunResult
from encodenet_core.stages.cache import StageCache
from encodenet_core.targets import TARGETS
from encodenet_core.teacher import teacher_of_conversion
from encodenet_core.training.watch import UNWATCHED, Report, Watch, keep_silent


def run_pipeline(
    config: EncodeNetConfig, dataset: Dataset, cache: StageCache, report: Report = keep_silent
) -> RunResult:
    """Train baseline, EncodeNet and both controls, and measure them on every split.

    Raises:
        EncodeNetError: the config cannot run on this dataset; the message says why.
    """
    baseline = obtain_baseline(config, dataset, cache, report)
    conversion = convert(config, dataset, baseline, cache, Watch(report))
    spend = encodenet_macs(config, baseline, len(dataset.train.images))
    controls = {
        "control_training": control_training(config, dataset, baseline, spend, cache, report),
        "control_features": control_features(config, dataset, baseline, cache, report),
    }
    scores = classify_dataset(baseline.model, dataset, baseline.selected_weights)
    return RunResult(config, dataset, baseline, scores, conversion, controls)


def convert(
    config: EncodeNetConfig,
    dataset: Dataset,
    baseline: Baseline,
    cache: StageCache,
    watch: Watch = UNWATCHED,
    built: UntrainedAutoencoder | None = None,
) -> Conversion:
    """Clusters, representatives, converting autoencoder, frozen encoder, classifier: EncodeNet itself.

    Args:
        config: all but its dataset and baseline sections are used here.
        dataset: its training and validation images are used here, and where it has them those of its test.
        baseline: what is converted.
        cache: keeps the clusters, the autoencoder and the EncodeNet.
        watch: follows the fits.
        built: what `build_autoencoder` gives for the config. It is trained in place, and the cache keeps
            nothing of it and of the EncodeNet; `watch.checkpoint` alone lets both fits go on after a kill.

    Raises:
        InfeasibleConfig: the config cannot run on this dataset.
        Stopped: a report was answered so.
    """
    grouped = obtain_grouping(config, dataset, baseline, cache)
    targets = TARGETS[config.autoencoder.target](dataset, grouped.grouping)
    if built is None:
        autoencoder = obtain_autoencoder(config, dataset, baseline, targets, cache, watch)
        encodenet = obtain_encodenet(config, dataset, baseline, autoencoder, cache, watch.report)
    else:
        teacher = teacher_of_conversion(config, dataset, baseline, cache, watch.report)
        taught = built.taught_by(teacher)
        autoencoder = train_autoencoder(taught, config, dataset, baseline, targets, watch)
        # One for each length of the autoencoder's fit: a checkpoint does not tell whose features it is of.
        place = watch.checkpoint and watch.checkpoint / f"classifier-{len(autoencoder.losses)}"
        trained = autoencoder.encoder, autoencoder.classifier
        encodenet = fit_encodenet(config, dataset, baseline, trained, watch.report, place)
    reconstruction = measure_reconstruction(autoencoder.model, dataset.validation, targets)
    scores = classify_dataset(encodenet.model, dataset, encodenet.selected_weights, encodenet.logits)
    return Conversion(grouped, targets, autoencoder, encodenet, scores, reconstruction)
