from __future__ import annotations

import sys
from typing import get_args

import pytest

from encodenet_core.errors import ConfigError
from encodenet_core.export.formats import EXPORT_FORMATS, ExportFormat, check_format, find_format
from encodenet_core.export.running import RUNNERS
from encodenet_core.export.writing import WRITERS


def test_every_named_format_is_known_written_and_run() -> None:
    assert set(get_args(ExportFormat)) == set(EXPORT_FORMATS) == set(WRITERS) == set(RUNNERS)


@pytest.mark.parametrize("name", get_args(ExportFormat))
def test_every_format_can_be_written_where_the_developers_packages_are(name: ExportFormat) -> None:
    assert find_format(name) == name
    check_format(name, "tensorflow")


@pytest.mark.parametrize(
    ("name", "question"), [("lite", "did you mean 'litert'? "), ("ONNX", ""), ("torchscript", "")]
)
def test_an_unknown_format_is_refused_with_the_nearest_name(name: str, question: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        find_format(name)
    assert str(refusal.value) == (
        f"unknown format {name!r}; {question}known are keras, saved_model, onnx, litert"
    )


@pytest.mark.parametrize(
    ("name", "package"),
    [("onnx", "onnx"), ("onnx", "onnxruntime"), ("onnx", "tf2onnx"), ("litert", "ai_edge_litert")],
)
def test_a_missing_package_says_which_extra_to_install(
    name: ExportFormat, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(ConfigError) as refusal:
        check_format(name, "tensorflow")
    assert str(refusal.value) == (
        f"the format {name} needs {package}, which is not installed; "
        f"install it with: pip install 'decoder-search[{name}]'"
    )


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_write_only_keras_and_say_what_to_do(backend: str) -> None:
    check_format("keras", backend)
    for name in ("saved_model", "onnx", "litert"):
        with pytest.raises(
            ConfigError, match=rf"^{name} is written by Keras on TensorFlow, [^\n]*{backend};"
        ):
            check_format(name, backend)
