"""The dataset of a command comes from the cache, and decoding it is followed where it has to be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from encodenet_core.cli.loading import loading
from encodenet_core.config import DatasetConfig


def test_a_command_decodes_a_folder_once_and_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENCODENET_CACHE", str(tmp_path / "cache"))
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(4):
            pixels = np.full((2, 2, 3), number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    said = []
    for _ in range(2):
        with loading(err=True) as load:
            dataset = load(DatasetConfig(source=str(tmp_path / "pets")), 0)
        printed = capsys.readouterr()
        said.append(printed.err)
        assert printed.out == ""
        assert (dataset.class_names, dataset.test is not None) == (("cat", "dog"), True)
    assert "images            decoded 8/8" in said[0]
    assert said[1] == ""
