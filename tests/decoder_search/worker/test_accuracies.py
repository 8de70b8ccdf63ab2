"""Under which names accuracies are recorded."""

from __future__ import annotations

from decoder_search.worker.accuracies import accuracies_of
from encodenet_core.evaluation import Classification

EVEN = Classification(0.99, 0.9, 0.3, None, None, 10)
UNEVEN = Classification(
    0.99, 0.9, 0.3, None, None, 10, validation_balanced_accuracy=0.7, validation_balanced_error=0.1
)


def test_even_classes_have_one_accuracy() -> None:
    assert accuracies_of(EVEN) == {"accuracy": 0.9}
    assert accuracies_of(EVEN, "baseline_") == {"baseline_accuracy": 0.9}


def test_uneven_classes_have_two_and_encodenet_its_error() -> None:
    assert accuracies_of(UNEVEN) == {"accuracy": 0.9, "balanced_accuracy": 0.7, "balanced_error": 0.1}
    expected = {"control_training_accuracy": 0.9, "control_training_balanced_accuracy": 0.7}
    assert accuracies_of(UNEVEN, "control_training_") == expected
