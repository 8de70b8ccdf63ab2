from __future__ import annotations

import json

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.illustrating import Illustration, read_illustration
from encodenet_core.figures.class_file import CLASSES_FILE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', json.dumps({"format": 2})])
def test_what_is_no_illustration_is_none(text: str, study: StudyRecord) -> None:
    (study.folder / "trials" / "5" / CLASSES_FILE).write_text(text)
    assert read_illustration(study, study.trials[5]) is None


def test_pictures_are_those_of_the_trial_only_where_they_were_drawn_of_its_config(
    illustration: Illustration, study: StudyRecord
) -> None:
    assert illustration.pictures is not None
    trial = study.trials[5]
    drawn = study.settings.space.to_config(trial.params).stable_hash()
    for config, shown in ((drawn, True), ("another", False)):
        pictures = illustration.pictures.model_copy(update={"config": config})
        (illustration.folder / CLASSES_FILE).write_text(pictures.model_dump_json())
        expected = Illustration(illustration.folder, pictures) if shown else None
        assert read_illustration(study, trial) == expected
