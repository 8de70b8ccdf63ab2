from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.confirmations import Confirmation
from decoder_search.records.facts import StudyFacts
from decoder_search.records.journal import Journal
from decoder_search.records.layout import weights_folder
from decoder_search.records.settings import StudySettings
from decoder_search.records.study_record import StudyRecord
from decoder_search.records.trial_record import TrialRecord
from decoder_search.space.parameters import ChoiceParameter, IntParameter
from decoder_search.space.search_space import SearchSpace

FACTS = StudyFacts(
    dataset_fingerprint="0123456789abcdef",
    dataset_name="digits",
    num_classes=10,
    n_validation=400,
    pixel_variance=0.14,
    baseline_accuracy=0.95,
    baseline_cross_entropy=0.2,
    baseline_parameters=5000,
    control_training_accuracy=0.955,
    control_training_epochs=12,
    spend_macs=10**12,
    reference_point={"mse": 0.14, "retrieval": 0.0, "accuracy": 0.1},
)


def build_space() -> SearchSpace:
    method = ChoiceParameter("clustering.method", ("kmeans", "hdbscan"))
    n_clusters = IntParameter("clustering.n_clusters", 1, 4, when={"clustering.method": ("kmeans",)})
    return SearchSpace(
        name="tiny",
        parameters=(IntParameter("decoder.depth", 1, 3), method, n_clusters),
        constants={"dataset.source": "digits", "autoencoder.training.epochs": 2, "seed": 7},
        final={"autoencoder.training.epochs": 30},
        description="A space for tests.",
    )


def build_settings(name: str = "tiny", reconstruction: Any = "mse") -> StudySettings:
    return StudySettings(
        name, build_space(), 7, "tpe", reconstruction, "2024-05-06T07:08:09+00:00", {"keras": "3.13"}
    )


def build_trial(
    number: int, params: Mapping[str, Any] | None = None, state: Any = "completed", **measured: float
) -> TrialRecord:
    params = {"decoder.depth": 1, "clustering.method": "hdbscan"} if params is None else params
    if state != "completed":
        return TrialRecord(number, params, state, reason="class 7 has 3 images", seconds=1.5)
    metrics = {
        "mse": 0.05,
        "retrieval": 0.9,
        "explained_variance": 0.4,
        "n_targets": 30,
        "target_variance": 0.1,
        "accuracy": 0.96,
        "cross_entropy": 0.15,
        "control_features_accuracy": 0.952,
        "decoder_parameters": 12345,
    }
    return TrialRecord(number, params, state, {**metrics, **measured}, seconds=12.5)


@pytest.fixture(scope="session")
def make_space() -> Callable[[], SearchSpace]:
    return build_space


@pytest.fixture(scope="session")
def make_settings() -> Callable[..., StudySettings]:
    return build_settings


@pytest.fixture(scope="session")
def make_trial() -> Callable[..., TrialRecord]:
    return build_trial


@pytest.fixture(scope="session")
def make_pruned() -> Callable[..., TrialRecord]:
    """A trial of this number that was pruned after three epochs, with the values that it reported last."""

    def make(number: int, **reported: float) -> TrialRecord:
        last = {"mse": 0.04, "retrieval": 0.7, "probe_accuracy": 0.88, "epochs": 3}
        return replace(build_trial(number, state="pruned"), metrics=last | reported)

    return make


@pytest.fixture(scope="session")
def make_confirmation() -> Callable[..., Confirmation]:
    """A trial of the tests' space, retrained with a seed; other metrics may be given by name."""

    def make(trial: TrialRecord, seed: int, accuracy: float = 0.97, **measured: Any) -> Confirmation:
        metrics = {
            "accuracy": accuracy,
            "test_accuracy": accuracy - 0.01,
            "baseline_accuracy": 0.95,
            "baseline_test_accuracy": 0.94,
            "control_training_accuracy": 0.96,
            "control_training_test_accuracy": 0.95,
            "control_features_accuracy": 0.955,
            "control_features_test_accuracy": 0.945,
        }
        config = build_space().final_config(trial.params, seed).stable_hash()
        told = (trial.number, trial.params, seed, config)
        return Confirmation(*told, "completed", metrics | measured, f"images of seed {seed}")

    return make


@pytest.fixture(scope="session")
def make_study() -> Callable[..., StudyRecord]:
    """Trials to a study of them, as `read_study` returns it."""

    def make(trials: Sequence[TrialRecord], *, prepared: bool = True, **settings: Any) -> StudyRecord:
        facts = FACTS if prepared else StudyFacts()
        return StudyRecord(Path("results/tiny"), build_settings(**settings), facts, tuple(trials))

    return make


@pytest.fixture(scope="session")
def uneven_study() -> Callable[..., StudyRecord]:
    """A study of two trials on uneven classes: 0 is more accurate, 1 more so in the mean over classes."""

    def make(accuracy: Any = "plain") -> StudyRecord:
        facts = replace(FACTS, baseline_balanced_accuracy=0.6, control_training_balanced_accuracy=0.65)
        facts = replace(facts, reference_point={**(FACTS.reference_point or {}), "balanced_accuracy": 0.1})
        trials = [
            build_trial(
                number,
                {"decoder.depth": number + 1, "clustering.method": "hdbscan"},
                accuracy=0.97 - 0.01 * number,
                balanced_accuracy=0.7 + 0.1 * number,
                balanced_error=0.04,
                control_features_balanced_accuracy=0.62,
            )
            for number in range(2)
        ]
        settings = replace(build_settings(), accuracy=accuracy)
        return StudyRecord(Path("results/tiny"), settings, facts, tuple(trials))

    return make


@pytest.fixture(scope="session")
def write_study() -> Callable[[StudyRecord, Path], Path]:
    """Writes a study into a folder of that name below the results, and returns that folder."""

    def write(study: StudyRecord, results: Path) -> Path:
        with Journal.open(results / study.settings.name, lambda: study.settings) as journal:
            journal.prepared(study.facts)
            for trial in study.trials:
                journal.finished(trial)
        return results / study.settings.name

    return write


@pytest.fixture(scope="session")
def answering() -> Callable[[Any], Any]:
    """Has a server answer on another thread for the time of a block."""

    @contextmanager
    def answer(server: Any) -> Iterator[None]:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()

    return answer


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("there is no chromium on the PATH; Debian's package is called chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def study_with_weights(tmp_path: Path) -> Path:
    """A study whose trials 0 and 12 have weights, and in whose folder other things lie."""
    for number in (0, 12):
        weights_folder(tmp_path, number).mkdir(parents=True)
        (weights_folder(tmp_path, number) / "encodenet.keras").write_bytes(b"model")
    (tmp_path / "trials" / "3").mkdir()
    (tmp_path / "trials" / "notes").mkdir()
    return tmp_path
