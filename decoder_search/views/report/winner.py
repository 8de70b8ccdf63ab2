"""The best config in words."""

from __future__ import annotations

from collections.abc import Mapping

from decoder_search.analysis.ranking import RankedTrial, accuracy_of
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.wording import compact_values, counted
from decoder_search.space.metrics import METRICS, OBJECTIVES
from decoder_search.views.report.markup import Markup, element, joined, prose
from encodenet_core.config import SELF_COUNTING_METHODS, EncodeNetConfig
from encodenet_core.config_values import flatten
from encodenet_core.errors import one_line

UPSAMPLINGS: Mapping[str, str] = {
    "nearest": "upsamples by repeating pixels",
    "bilinear": "upsamples by bilinear interpolation",
    "transposed": "upsamples by transposed convolutions",
    "pixel_shuffle": "upsamples by turning channels into pixels (pixel shuffle)",
}
CONVOLUTIONS: Mapping[str, str] = {
    "plain": "plain convolutions",
    "separable": "depthwise separable convolutions",
    "residual": "residual blocks",
    "bottleneck": "residual bottleneck blocks",
    "inverted_residual": "inverted residual blocks",
}
WIDTHS: Mapping[str, str] = {
    "mirrored": "as wide as the encoder's own maps of that size",
    "halving": "half as wide from block to block",
    "constant": "of one width",
}
METHODS: Mapping[str, str] = {
    "kmeans": "k-means",
    "cosine": "k-means by angle (cosine)",
    "hdbscan": "HDBSCAN, which finds their number itself",
}
EXTRACTORS: Mapping[str, str] = {
    "baseline": "the baseline's own features",
    "vgg16": "features of a VGG16 network",
    "pixels": "principal components of the pixels",
}
TARGETS: Mapping[str, str] = {
    "identity": "itself",
    "class": "the representative of its class",
    "cluster": "the representative of its class and cluster",
}


def winner_section(study: StudyRecord, winner: RankedTrial | None) -> Markup:
    """What won, in words, and what the real training changes."""
    if winner is None:
        counts = counted(trial.state for trial in study.trials)
        had = f"The study has {counts}." if counts else "The study has no trial yet."
        words = f"No trial has completed, so there is no winner. {had} `decoder-search run` goes on with it."
        return joined([element("h2", "The winner", id="winner"), prose(words)])
    config = study.settings.space.to_config(winner.trial.params)
    return joined(
        [
            element("h2", "The winner", id="winner"),
            element("p", ranked_first(study, winner)),
            element("p", describe_decoder(config)),
            element("p", describe_clusters(config)),
            element("p", describe_training(config)),
            *_final(study, config),
        ]
    )


def describe_decoder(config: EncodeNetConfig) -> str:
    """The decoder in a sentence."""
    decoder = config.decoder
    blocks = "1 block" if decoder.depth == 1 else f"{decoder.depth} blocks"
    return (
        f"The decoder has {blocks}, {UPSAMPLINGS[decoder.upsampling]} and is made of "
        f"{CONVOLUTIONS[decoder.convolution]} (kernels of {decoder.kernel_size}, {decoder.activation}), "
        f"{WIDTHS[decoder.widths]}."
    )


def describe_clusters(config: EncodeNetConfig) -> str:
    """Clusters and targets in two sentences."""
    clustering, target = config.clustering, config.autoencoder.target
    goal = f"The autoencoder learns to turn each image into {TARGETS[target]}."
    if target != "cluster":
        return goal
    counted = clustering.method not in SELF_COUNTING_METHODS
    number = {"auto": "as many clusters as the elbow says"}.get(
        str(clustering.n_clusters), f"{clustering.n_clusters} cluster{'s' * (clustering.n_clusters != 1)}"
    )
    into = f"into {number} " if counted else ""
    return (
        f"The images of each class are divided {into}by {METHODS[clustering.method]}, "
        f"on {EXTRACTORS[config.embedding.extractor]}. {goal}"
    )


def describe_training(config: EncodeNetConfig) -> str:
    """Both fits in a sentence."""
    first, second = config.autoencoder.training, config.classifier.training
    start = "the baseline's weights" if config.autoencoder.encoder_init == "baseline" else "random weights"
    return (
        f"It was trained for {first.epochs} epochs from {start} (recipe {first.recipe}, learning rate "
        f"{first.learning_rate:.3g}, {first.batch_size} images a step); then its encoder was frozen and the "
        f"classifier trained for {second.epochs} epochs (learning rate {second.learning_rate:.3g})."
    )


def ranked_first(study: StudyRecord, winner: RankedTrial) -> str:
    """The winner and its numbers in a sentence."""
    metrics, n_images = winner.trial.metrics, study.facts.n_validation
    value, error = accuracy_of(study, winner.trial)
    accuracy = f"{100 * value:.2f} %" if error is None else f"{100 * value:.2f} ± {100 * error:.2f} %"
    word = METRICS[study.settings.accuracy_metric].words
    shown = [name for name in OBJECTIVES if name != study.settings.accuracy_metric]
    others = compact_values(metrics, shown)
    size = f"{metrics['decoder_parameters']:,.0f} parameters in its decoder"
    return (
        f"Trial {winner.trial.number} is ranked first: {word} {accuracy} "
        f"on {f'{n_images:,} ' if n_images else ''}validation images, {others}, {size}."
    )


def _final(study: StudyRecord, config: EncodeNetConfig) -> list[Markup]:
    """What the space changes for the real training."""
    before = flatten(config.model_dump(mode="json"))
    changed = {path: value for path, value in study.settings.space.final.items() if before.get(path) != value}
    if not changed:
        return []
    changes = [
        element("li", element("code", path), f": {one_line(str(before.get(path)))} → {one_line(str(value))}")
        for path, value in changed.items()
    ]
    return [element("p", "For the real training the search space changes:"), element("ul", *changes)]
