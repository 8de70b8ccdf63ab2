from __future__ import annotations

from encodenet_core.references import REFERENCES


def test_a_reference_is_explained_by_its_label_and_whose_work_control_a_is_given() -> None:
    explained = [reference.explanation("the dearest trial") for reference in REFERENCES.values()]
    assert explained == [
        "the baseline",
        "control A: the baseline trained on, for what the dearest trial costs",
        "control B: the same classifier stage on the baseline's own features",
    ]
    training = REFERENCES["control_training"]
    assert (
        training.meaning("the config itself") == "the baseline trained on, for what the config itself costs"
    )


def test_in_a_sentence_the_baseline_has_an_article() -> None:
    spoken = [reference.spoken for reference in REFERENCES.values()]
    assert spoken == ["the baseline", "control A", "control B"]
