from __future__ import annotations

import json

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.illustrating import CLASSES_FILE, read_illustration
from encodenet_core.figures import class_pictures


def test_both_sides_speak_of_the_same_file() -> None:
    from decoder_search.views.report import illustrating

    assert (illustrating.CLASSES_FILE, illustrating.FORMAT) == (
        class_pictures.CLASSES_FILE,
        class_pictures.FORMAT,
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', json.dumps({"format": 2})])
def test_what_is_no_illustration_is_none(text: str, study: StudyRecord) -> None:
    (study.folder / "trials" / "5" / CLASSES_FILE).write_text(text)
    assert read_illustration(study, study.trials[5]) is None
