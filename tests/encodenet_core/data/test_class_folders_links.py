"""The one way out of a folder of images: from a snapshot of the Hugging Face cache to the blobs beside it."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from parquet_files import write_pictures
from PIL import Image

from encodenet_core.data.sources import read_source
from encodenet_core.errors import DataError

SNAPSHOT = Path("datasets--pets--small", "snapshots", "0a1b2c")


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """An empty snapshot as `huggingface_hub.snapshot_download` returns it."""
    (tmp_path / SNAPSHOT).mkdir(parents=True)
    (tmp_path / SNAPSHOT.parts[0] / "blobs").mkdir()
    return tmp_path / SNAPSHOT


def cached(snapshot: Path, name: str, content: bytes) -> Path:
    """A file of a snapshot: a relative link to a blob, which is named by its content alone."""
    blob = snapshot.parents[1] / "blobs" / f"{abs(hash(content)):064x}"
    blob.write_bytes(content)
    link = snapshot / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(Path(*[".."] * (len(Path(name).parts) + 1), "blobs", blob.name))
    return link


def picture(grey: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8), grey).save(file, "png")
    return file.getvalue()


def refusal(source: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_source(str(source))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def greys(source: Path) -> list[int]:
    return [int(grey) for grey in read_source(str(source)).x_train[:, 0, 0, 0]]


def test_parquet_shards_of_a_snapshot_are_read(snapshot: Path, tmp_path: Path) -> None:
    content = write_pictures(tmp_path / "shard.parquet", [1, 2], [0, 1]).read_bytes()
    cached(snapshot, "data/train-00000-of-00001.parquet", content)
    assert greys(snapshot) == [1, 2]


def test_classes_of_a_snapshot_are_read(snapshot: Path) -> None:
    for name, grey in (("train/cat/1.png", 10), ("train/dog/1.png", 20)):
        cached(snapshot, name, picture(grey))
    assert greys(snapshot) == [10, 20]


def test_a_table_of_a_snapshot_is_read(snapshot: Path) -> None:
    cached(snapshot, "photos/1.png", picture(10))
    cached(snapshot, "photos/2.png", picture(20))
    table = cached(snapshot, "table.csv", b"path,label\nphotos/1.png,cat\nphotos/2.png,dog\n")
    assert greys(table) == [10, 20]


@pytest.mark.parametrize(
    "target",
    [
        "secret.png",
        "datasets--other--pets/blobs/secret.png",
        "datasets--pets--small/secret.png",
        "datasets--pets--small/blobs/below/secret.png",
        "datasets--pets--small/snapshots/3d4e5f/secret.png",
    ],
)
def test_a_link_to_anything_else_is_refused(target: str, snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / target).write_bytes(picture(10))
    cached(snapshot, "train/dog/1.png", picture(20))
    (snapshot / "train" / "cat").mkdir()
    (snapshot / "train" / "cat" / "1.png").symlink_to(tmp_path / target)
    assert "is a link that leads out of" in refusal(snapshot)
    (snapshot / "table.csv").write_text("path,label\ntrain/cat/1.png,cat\ntrain/dog/1.png,dog\n")
    assert "leads out of" in refusal(snapshot / "table.csv")


def test_blobs_that_are_a_link_themselves_are_refused(snapshot: Path, tmp_path: Path) -> None:
    cached(snapshot, "train/dog/1.png", picture(20))
    shutil.move(snapshot.parents[1] / "blobs", tmp_path / "elsewhere")
    (snapshot.parents[1] / "blobs").symlink_to(tmp_path / "elsewhere")
    assert "is a link that leads out of" in refusal(snapshot)


@pytest.mark.parametrize("name", ["pets/snapshots/0a1b2c", "datasets--pets/revisions/0a1b2c"])
def test_blobs_beside_any_other_folder_are_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    (folder / "cat").mkdir(parents=True)
    (folder.parents[1] / "blobs").mkdir()
    cached(folder, "cat/1.png", picture(10))
    assert "is a link that leads out of" in refusal(folder)
