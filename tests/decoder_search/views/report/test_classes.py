from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from decoder_search.analysis.ranking import rank_study
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.album import Album
from decoder_search.views.report.classes import classes_section, reconstructions_section
from decoder_search.views.report.illustrating import Illustration


def test_every_class_has_its_picture_name_and_counts(illustration: Illustration) -> None:
    made = classes_section(illustration, Album())
    assert made.count("<figure>") == made.count("<img") == 2
    assert "<h3>cat</h3>" in made and "<h3>&lt;img src=x" in made
    assert 'alt="Class cat: 2 clusters of 20, 10 images, a row each' in made
    assert "30 training images in 2 clusters: 20, 10. 1 of the representatives the baseline takes for" in made


def test_classes_and_clusters_that_are_not_shown_are_counted(illustration: Illustration) -> None:
    pictures = illustration.pictures
    assert pictures is not None
    first = pictures.classes[0].model_copy(update={"n_clusters": 20})
    few = pictures.model_copy(update={"classes": [first], "num_classes": 150})
    made = classes_section(replace(illustration, pictures=few), Album())
    assert "149 more classes are left out." in made and "in 20 clusters (the 2 largest shown)" in made


def test_without_pictures_the_reason_stands_there(tmp_path: Path) -> None:
    made = classes_section(Illustration(tmp_path, reason="The baseline is gone."), Album())
    assert '<p class="note missing">The baseline is gone.</p>' in made


def test_best_and_worst_are_shown_and_a_missing_picture_is_told(study: StudyRecord) -> None:
    ranked = rank_study(study)
    made = reconstructions_section(study, ranked, Album())
    assert made.index("The best: trial 5, rank 1") < made.index("The worst: trial 0, rank 6")
    assert made.count("<img") == 2 and "depth=3" in made
    (study.folder / "trials/0/reconstructions.png").unlink()
    assert "There is no picture reconstructions.png" in reconstructions_section(study, ranked, Album())


def test_one_trial_is_only_the_best_and_none_is_told(study: StudyRecord) -> None:
    ranked = rank_study(study)
    assert "The worst" not in reconstructions_section(study, ranked[:1], Album())
    assert "No trial has completed" in reconstructions_section(study, [], Album())
