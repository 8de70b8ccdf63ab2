from __future__ import annotations

from dataclasses import replace

from decoder_search.records.facts import StudyFacts
from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.question import question_section


def test_question_data_and_searched_keys_are_told(study: StudyRecord) -> None:
    made = question_section(study)
    assert "raise the accuracy of the network “small” on “digits” without making it larger?" in made
    assert "10 classes; 1,000 training and 400 validation images." in made
    assert "the Pareto front of accuracy and mse" in made and "tpe (optuna), seed 7" in made
    assert "6 completed, 1 failed, 1 infeasible, 1 pruned" in made
    assert "<code>clustering.n_clusters</code>: 1 to 4 (where clustering.method is kmeans)" in made


def test_a_study_that_was_never_prepared_says_so(study: StudyRecord) -> None:
    settings = replace(study.settings, objective="accuracy")
    made = question_section(replace(study, facts=StudyFacts(), trials=(), settings=settings))
    assert "The study was never prepared" in made and "none yet, in" in made and "<dd>accuracy</dd>" in made
