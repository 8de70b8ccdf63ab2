"""`encodenet architectures`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from encodenet_core.cli import main
from encodenet_core.cli.architectures import table_lines
from encodenet_core.config import Architecture
from encodenet_core.models.summary import ArchitectureSummary

TABLE_5 = {
    "se": 26_220_196,
    "bam": 24_063_319,
    "cbam": 26_237_844,
    "gam": 149_470_388,
    "gam_groups": 57_046_196,
}
"""ResNet50 with attention, for 100 classes."""

REPOSITORY = Path(__file__).parents[3]

TRAINABLE_FOR_100_CLASSES = {
    "vgg8": 3_965_028,
    "vgg13": 9_462_180,
    "vgg16": 14_774_436,
    "vgg16_keras": 15_038_116,
    "resnet18": 11_220_132,
    "resnet20": 278_324,
    "resnet32": 472_756,
    "resnet50": 23_705_252,
    "resnet110": 1_736_564,
}


def test_every_architecture_is_listed_with_its_published_size_and_nothing_is_written_to_stderr() -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "encodenet_core.cli", "architectures", "--num-classes", "100", "--json"],
        env={**inherited, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    listed = {each["name"]: each for each in rows if each["attention"] is None}
    assert tuple(listed) == get_args(Architecture)
    attended = {each["attention"]: each["trainable_parameters"] for each in rows[len(listed) :]}
    assert attended == TABLE_5
    keys = {"name", "attention", "trainable_parameters", "macs", "feature_shape", "cut"}
    assert {frozenset(each) for each in listed.values()} == {frozenset(keys)}
    sizes = {name: listed[name]["trainable_parameters"] for name in TRAINABLE_FOR_100_CLASSES}
    assert sizes == TRAINABLE_FOR_100_CLASSES
    assert {each["cut"] for each in listed.values()} == {"features"}
    assert listed["resnet50"]["feature_shape"] == [4, 4, 2048]
    assert listed["vgg16_keras"]["feature_shape"] == [1, 1, 512]


def test_the_columns_are_aligned_and_named_like_the_keys_of_the_json() -> None:
    summaries = [
        ArchitectureSummary("small", None, 66_410, 17_400_448, (8, 8, 64), "features"),
        ArchitectureSummary("resnet50", "se", 23_520_842, 1_297_829_888, (4, 4, 2048), "features"),
    ]
    assert list(table_lines(summaries)) == [
        "name                  trainable_parameters           macs  feature_shape  cut",
        "small                               66,410     17,400,448  (8, 8, 64)     features",
        "resnet50 + se                   23,520,842  1,297,829,888  (4, 4, 2048)   features",
    ]


@pytest.mark.parametrize("number", ["1", "-3", "ten", "2.5", "", "1000001"])
def test_a_number_of_classes_that_no_network_can_have_is_refused_in_one_line(
    number: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["encodenet", "architectures", "--num-classes", number])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    assert capsys.readouterr().err == (
        f"error: --num-classes is '{number}', but expected is a whole number from 2 to 1000000; "
        "write it as --num-classes 100\n"
    )
