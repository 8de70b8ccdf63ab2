from __future__ import annotations

import numpy as np
import pytest

import encodenet_core.probe as probe_module
from encodenet_core.probe import build_probe, ridge_accuracy
from encodenet_core.run_result import RunResult


def test_ridge_separates_what_a_line_separates() -> None:
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(4, 16)) * 3
    labels = rng.integers(4, size=400)
    features = (centers[labels] + rng.normal(size=(400, 16))).astype(np.float32)
    assert ridge_accuracy(features[:200], labels[:200], features[200:], labels[200:]) > 0.98
    shuffled = rng.permutation(labels[:200])
    assert ridge_accuracy(features[:200], shuffled, features[200:], labels[200:]) < 0.6


def test_constant_features_and_missing_classes_leave_the_most_frequent_class() -> None:
    features = np.zeros((10, 3), np.float32)
    labels = np.array([5] * 7 + [2] * 3)
    assert ridge_accuracy(features, labels, features, labels) == pytest.approx(0.7)


def test_features_with_more_axes_are_flattened() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(2, size=100)
    maps = (rng.normal(size=(100, 2, 2, 3)) + 3 * labels[:, None, None, None]).astype(np.float32)
    flat = maps.reshape(100, 12)
    assert ridge_accuracy(maps, labels, maps, labels) == ridge_accuracy(flat, labels, flat, labels)


def test_the_probe_of_unchanged_models_says_the_same_again(tiny_result: RunResult) -> None:
    fitted, parts = tiny_result.conversion.autoencoder, tiny_result.baseline.parts
    probe = build_probe(
        fitted.encoder, fitted.decoder, parts.classifier, tiny_result.dataset, tiny_result.conversion.targets
    )
    first, second = probe(), probe()
    assert first.pop("probe_seconds") > 0
    assert second.pop("probe_seconds") > 0
    assert first == second
    assert set(first) == {"mse", "retrieval", "probe_accuracy"}
    assert first["probe_accuracy"] > 0.3


def test_where_all_validation_images_are_converted_the_probe_agrees_with_the_whole_measurement(
    tiny_result: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "CONVERTED", 10)
    monkeypatch.setattr(probe_module, "CLASSIFIED", 10)
    fitted, targets = tiny_result.conversion.autoencoder, tiny_result.conversion.targets
    classifier = tiny_result.baseline.parts.classifier
    probed = build_probe(fitted.encoder, fitted.decoder, classifier, tiny_result.dataset, targets)()
    assert probed["mse"] == pytest.approx(tiny_result.conversion.reconstruction.mse)
    assert probed["retrieval"] == pytest.approx(tiny_result.conversion.reconstruction.retrieval)
