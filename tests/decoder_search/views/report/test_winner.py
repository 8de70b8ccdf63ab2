from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from decoder_search.analysis.ranking import rank_study
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report import winner as words
from decoder_search.views.report.winner import (
    describe_clusters,
    describe_decoder,
    describe_training,
    ranked_first,
    winner_section,
)
from encodenet_core import build_config
from encodenet_core.config import ClusteringMethod, Convolution, Extractor, Upsampling, Widths
from encodenet_core.config_conversion import Target


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (words.UPSAMPLINGS, Upsampling),
        (words.CONVOLUTIONS, Convolution),
        (words.WIDTHS, Widths),
        (words.METHODS, ClusteringMethod),
        (words.EXTRACTORS, Extractor),
        (words.TARGETS, Target),
    ],
)
def test_every_choice_has_its_words(told: Any, names: Any) -> None:
    assert set(told) == set(get_args(names))


def test_a_config_is_told_in_sentences() -> None:
    config = build_config({"decoder.depth": 1, "clustering.n_clusters": 1, "decoder.upsampling": "bilinear"})
    assert describe_decoder(config) == (
        "The decoder has 1 block, upsamples by bilinear interpolation and is made of plain convolutions "
        "(kernels of 3, relu), as wide as the encoder's own maps of that size."
    )
    assert describe_clusters(config) == (
        "The images of each class are divided into 1 cluster by k-means, on the baseline's own features. "
        "The autoencoder learns to turn each image into the representative of its class and cluster."
    )
    assert "for 15 epochs from the baseline's weights (recipe fast, learning rate 0.002" in describe_training(
        config
    )


def test_clusters_that_count_themselves_or_do_not_matter_are_told_so() -> None:
    auto = build_config({"clustering.n_clusters": "auto"})
    assert "into as many clusters as the elbow says by k-means" in describe_clusters(auto)
    assert "divided by HDBSCAN" in describe_clusters(build_config({"clustering.method": "hdbscan"}))
    assert describe_clusters(build_config({"autoencoder.target": "class"})) == (
        "The autoencoder learns to turn each image into the representative of its class."
    )


def test_the_winner_comes_with_its_numbers_and_the_final_budget(study: StudyRecord) -> None:
    best = rank_study(study)[0]
    assert ranked_first(study, best) == (
        "Trial 5 is ranked first: accuracy 96.50 ± 0.92 % on 400 validation images, mse 0.035, retrieval "
        "90.0 %, 12,345 parameters in its decoder."
    )
    made = winner_section(study, best)
    assert "<code>autoencoder.training.epochs</code>: 2 → 30" in made


def test_without_a_winner_the_page_says_why(study: StudyRecord) -> None:
    failed = replace(study, trials=study.trials[6:])
    assert "The study has 1 failed, 1 infeasible, 1 pruned." in winner_section(failed, None)
    assert "The study has no trial yet." in winner_section(replace(study, trials=()), None)
