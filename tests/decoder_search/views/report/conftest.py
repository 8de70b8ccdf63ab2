from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from decoder_search.records.journal import Journal
from decoder_search.records.study_record import StudyRecord, read_study
from decoder_search.records.trial_record import TrialRecord
from decoder_search.views.report.illustrating import Illustration
from encodenet_core.figures.class_file import ClassPictures

EVIL = '<img src=x onerror=alert(1)> & "$x$"'


@pytest.fixture(scope="session")
def trials(
    make_trial: Callable[..., TrialRecord], make_pruned: Callable[..., TrialRecord]
) -> list[TrialRecord]:
    """Six completed trials, trial 5 the best and trial 0 the worst; and three others."""
    params = {"clustering.method": "kmeans", "clustering.n_clusters": 2}
    completed = [
        make_trial(
            number,
            {"decoder.depth": 1 + number % 3, **params},
            accuracy=0.94 + 0.005 * number,
            mse=0.06 - 0.005 * number,
        )
        for number in range(6)
    ]
    return [*completed, make_pruned(6), make_trial(7, state="failed"), make_trial(8, state="infeasible")]


@pytest.fixture
def study(make_study: Callable[..., StudyRecord], trials: list[TrialRecord], tmp_path: Path) -> StudyRecord:
    """A study on disk whose best and worst trials have pictures of what their autoencoders make of images."""
    study = replace(make_study(trials), folder=tmp_path / "tiny")
    facts = replace(study.facts, n_train=1000)
    with Journal.open(study.folder, lambda: study.settings) as journal:
        journal.prepared(facts)
        for trial in study.trials:
            journal.finished(trial)
    for number in (0, 5):
        folder = study.folder / "trials" / str(number)
        folder.mkdir(parents=True)
        Image.new("RGB", (300, 60), "teal").save(folder / "reconstructions.png")
    return read_study(study.folder)


@pytest.fixture
def illustration(study: StudyRecord) -> Illustration:
    """Two classes with a picture each, one of them named by a villain, and an elbow."""
    folder = study.folder / "trials" / "5"
    clusters = [{"n_images": 20, "n_noise": 0, "entropy": 0.1, "correct": True}]
    clusters.append({"n_images": 10, "n_noise": 0, "entropy": 0.2, "correct": False})
    classes = []
    for label, name in enumerate(("cat", EVIL)):
        Image.new("RGBA", (90, 70), "navy").save(folder / f"class-{label}.png")
        told = {"label": label, "name": name, "file": f"class-{label}.png", "n_clusters": 2}
        classes.append({**told, "n_images": 30, "clusters": clusters})
    elbow = {"inertias": [[4.0, 2.0, 1.5], [5.0, 2.5, 1.0]], "median": [4.5, 2.25, 1.25], "elbow": 2}
    elbow |= {"configured": 2, "method": "kmeans", "extractor": "baseline"}
    told = {"config": "", "num_classes": 2, "shown_members": 8, "classes": classes, "elbow": elbow}
    return Illustration(folder, ClassPictures.model_validate(told))


@pytest.fixture
def evil(study: StudyRecord) -> StudyRecord:
    """The same study, where whatever a user may name is named to do harm."""
    space = replace(study.settings.space, description=EVIL)
    settings = replace(study.settings, name=EVIL, space=space)
    return replace(study, settings=settings, facts=replace(study.facts, dataset_name=EVIL))
