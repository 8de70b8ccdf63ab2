from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from encodenet_core.export.contract import contract_path, describe_model, package_versions
from encodenet_core.export.formats import EXPORT_FORMATS, ExportFormat


@pytest.mark.parametrize("format_", get_args(ExportFormat))
def test_a_contract_says_all_that_is_needed_to_run_the_model(format_: ExportFormat) -> None:
    contract = describe_model(format_, (24, 32, 3), ["cat", "<dog>"], "images")
    assert contract["input"]["shape"] == [None, 24, 32, 3]
    assert contract["input"]["range"] == [0, 1]
    assert (contract["input"]["dtype"], contract["input"]["channels"]) == ("float32", "RGB")
    assert contract["output"]["shape"] == [None, 2]
    assert "logits" in contract["output"]["values"]
    assert contract["class_names"] == ["cat", "<dog>"]
    assert any("32 pixels wide and 24 high" in step for step in contract["preprocessing"])
    assert any("divide by 255" in step for step in contract["preprocessing"])
    assert contract["run_with"]


def test_grey_images_are_called_grey() -> None:
    assert describe_model("onnx", (8, 8, 1), ["a", "b"], "images")["input"]["channels"] == "grey"


def test_the_versions_are_those_of_the_packages_of_the_format() -> None:
    assert set(package_versions("onnx")) == set(EXPORT_FORMATS["onnx"].packages)
    assert set(package_versions("litert")) == {"ai-edge-litert"}
    assert package_versions("keras") == {}


def test_a_contract_lies_beside_its_model_whatever_its_name() -> None:
    assert contract_path(Path("a/encodenet.onnx")) == Path("a/encodenet.onnx.json")
    assert contract_path(Path("a/b_saved_model")) == Path("a/b_saved_model.json")
