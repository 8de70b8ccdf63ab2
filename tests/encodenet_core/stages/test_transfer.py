from __future__ import annotations

from pathlib import Path

import pytest

from encodenet_core.config import stable_hash
from encodenet_core.errors import DataError
from encodenet_core.stages.manifest import find_damage, write_manifest
from encodenet_core.stages.transfer import install_stage, stage_files
from encodenet_core.stages.upkeep import read_cache

FACTS = {"stage": "dataset", "inputs": {"of": "toys"}, "environment": {"version": 1}}
KEY = f"dataset-{stable_hash({name: FACTS[name] for name in ('inputs', 'environment')})}"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """What is sent of a finished stage."""
    (tmp_path / "here" / KEY / "deep").mkdir(parents=True)
    (tmp_path / "here" / KEY / "deep" / "images.npy").write_bytes(b"pixels")
    write_manifest(tmp_path / "here" / KEY, FACTS, "")
    return {name: path.read_bytes() for name, path in stage_files(tmp_path / "here", KEY).items()}


def test_a_stage_arrives_whole_once(tmp_path: Path, files: dict[str, bytes]) -> None:
    there = tmp_path / "there"
    assert install_stage(there, KEY, files)
    assert find_damage(there / KEY) is None
    assert [(entry.key, entry.state) for entry in read_cache(there)] == [(KEY, "finished")]
    assert not install_stage(there, KEY, {})


def test_a_damaged_stage_is_not_handed_on_and_is_replaced(tmp_path: Path, files: dict[str, bytes]) -> None:
    there = tmp_path / "there"
    install_stage(there, KEY, files)
    (there / KEY / "deep" / "images.npy").write_bytes(b"pixelz")
    with pytest.raises(DataError, match="cannot be handed on"):
        stage_files(there, KEY)
    assert install_stage(there, KEY, files)
    assert (there / KEY / "deep" / "images.npy").read_bytes() == b"pixels"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"deep/images.npy": b"pixelz"}, "damaged on its way"),
        ({"manifest.json": b"{}"}, "damaged on its way"),
        ({"extra": b""}, "other files than its manifest lists"),
        ({"../extra": b""}, "leads out of its folder"),
        ({"/srv/extra": b""}, "leads out of its folder"),
    ],
)
def test_what_is_not_the_stage_is_refused_and_leaves_nothing(
    tmp_path: Path, files: dict[str, bytes], changed: dict[str, bytes], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        install_stage(tmp_path / "there", KEY, {**files, **changed})
    assert list((tmp_path / "there").iterdir()) == []


def test_a_stage_under_another_key_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(DataError, match=f"is stage {KEY}"):
        install_stage(tmp_path / "there", "dataset-0123456789abcdef", files)
    with pytest.raises(DataError, match="is no key"):
        install_stage(tmp_path / "there", "../dataset", files)
