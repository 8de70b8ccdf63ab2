"""What is read from Parquet files and folders of them, and what is said of wrong ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from parquet_files import described, encoded, write_pictures, write_table

from encodenet_core.config import DatasetConfig
from encodenet_core.data.dataset import load_dataset
from encodenet_core.data.sources import read_source
from encodenet_core.errors import DataError


def refusal(path: Path) -> str:
    """The one line in which a data set is refused."""
    with pytest.raises(DataError) as raised:
        read_source(str(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_file_gives_images_with_the_names_of_its_schema(tmp_path: Path) -> None:
    raw = read_source(str(write_pictures(tmp_path / "pets.parquet", [10, 20, 30], [1, 0, 1])))
    assert raw.class_names == ("cat", "dog")
    assert raw.x_train[:, 0, 0, 0].tolist() == [10, 20, 30]
    assert raw.y_train.tolist() == [1, 0, 1]
    assert raw.x_test is None and raw.x_validation is None


@pytest.mark.parametrize("word", ["validation", "val", "valid", "dev"])
@pytest.mark.parametrize("below", ["", "data"])
def test_a_folder_of_shards_has_the_splits_of_their_names(tmp_path: Path, word: str, below: str) -> None:
    folder = tmp_path / "pets" / below
    write_pictures(folder / "train-00000-of-00002.parquet", [1, 2], [0, 1])
    write_pictures(folder / "train-00001-of-00002.parquet", [3, 4], [1, 0])
    write_pictures(folder / "test-00000-of-00001.parquet", [5, 6], [0, 1])
    write_pictures(folder / f"{word}-00000-of-00001.parquet", [7, 8], [1, 0])
    (folder / "README.md").write_text("# Pets")
    raw = read_source(str(tmp_path / "pets"))
    assert raw.x_train[:, 0, 0, 0].tolist() == [1, 2, 3, 4]
    assert raw.y_train.tolist() == [0, 1, 1, 0]
    assert raw.x_test is not None and raw.x_test[:, 0, 0, 0].tolist() == [5, 6]
    assert raw.x_validation is not None and raw.x_validation[:, 0, 0, 0].tolist() == [7, 8]
    assert raw.y_validation is not None and raw.y_validation.tolist() == [1, 0]


def test_without_names_the_labels_name_the_classes(tmp_path: Path) -> None:
    words = write_pictures(tmp_path / "words.parquet", [1, 2, 3], ["dog", "cat", "dog"], None)
    assert read_source(str(words)).class_names == ("cat", "dog")
    numbers = write_pictures(tmp_path / "numbers.parquet", [1, 2, 3], [10, 9, 10], None)
    raw = read_source(str(numbers))
    assert raw.class_names == ("9", "10")
    assert raw.y_train.tolist() == [1, 0, 1]


def test_a_dataset_of_many_rows_is_split_and_named(tmp_path: Path) -> None:
    labels = [number % 2 for number in range(200)]
    path = write_pictures(tmp_path / "pets.parquet", range(200), labels)
    dataset = load_dataset(DatasetConfig(source=str(path)), 0)
    assert dataset.name == "pets"
    assert dataset.test is not None and len(dataset.test.labels) == 40
    parity = {0: {0}, 1: {1}}
    for split in (dataset.train, dataset.validation, dataset.test):
        for label, expected in parity.items():
            assert {*(split.images[split.labels == label][:, 0, 0, 0] % 2).tolist()} == expected


def test_a_broken_or_foreign_file_is_refused(tmp_path: Path) -> None:
    path = write_pictures(tmp_path / "pets.parquet", [1, 2], [0, 1])
    whole = path.read_bytes()
    for content in (b"", b"PAR1", whole[:-20], whole[:40] + whole[60:], b"path,label\n"):
        path.write_bytes(content)
        assert re.search(r"cannot read .*pets\.parquet: .+; write it again, or download it", refusal(path))


@pytest.mark.parametrize(
    ("labels", "names", "message"),
    [
        (
            [0, 2],
            ["a", "b"],
            "row 2: the label is 2, but 0 to 1 is expected, as there are 2 names of classes",
        ),
        ([0, -1], ["a", "b"], "row 2: the label is -1, but 0 to 1 is expected"),
        ([0, None], ["a", "b"], "row 2: the label is None, but 0 to 1"),
        ([0.5, 1.5], ["a", "b"], "row 1: the label is 0.5, but 0 to 1"),
        ([0.5, 1.5], None, "row 1: the label is 0.5, but a word or a number from 0 is expected"),
        ([None, "b"], None, "row 1: the label is None, but a word"),
        ([True, False], None, "row 1: the label is True, but a word"),
    ],
)
def test_labels_that_name_no_class_are_refused(
    tmp_path: Path, labels: list[object], names: list[str] | None, message: str
) -> None:
    assert message in refusal(write_pictures(tmp_path / "pets.parquet", [1, 2], labels, names))


def test_pictures_that_are_none_or_lie_elsewhere_are_refused(tmp_path: Path) -> None:
    labels = [0, 1]
    elsewhere = [{"bytes": encoded(1), "path": "a"}, {"bytes": None, "path": "/etc/passwd"}]
    path = write_table(
        tmp_path / "a.parquet", {"image": elsewhere, "label": labels}, described(["cat", "dog"])
    )
    assert "a.parquet, row 2: image holds no bytes, but the content of a picture is" in refusal(path)
    path = write_table(tmp_path / "b.parquet", {"image": [encoded(1), b"no picture"], "label": labels})
    assert "cannot read the image " in refusal(path) and "b.parquet, row 2: " in refusal(path)


def test_shards_of_other_classes_or_without_one_are_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train-0.parquet", [1, 2], [0, 1])
    write_pictures(tmp_path / "test-0.parquet", [1, 2], [0, 1], ["dog", "cat"])
    assert "test-0.parquet names other classes than " in refusal(tmp_path)
    write_pictures(tmp_path / "test-0.parquet", [1, 2], [0, 0])
    assert "the class 'dog' is in only one of train and test" in refusal(tmp_path)
    (tmp_path / "train-0.parquet").unlink()
    assert "has no images to train on" in refusal(tmp_path)


def test_a_shard_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = write_pictures(tmp_path / "outside.parquet", [1, 2], [0, 1])
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "train-0.parquet").symlink_to(outside)
    assert "train-0.parquet is a link that leads out of" in refusal(tmp_path / "pets")


def test_more_rows_than_anybody_has_are_refused_before_they_are_read(tmp_path: Path) -> None:
    ones = pa.array([1]).take(pa.array([0] * 1000))
    many = pa.chunked_array([ones.take(pa.array([0] * 1000_000))] * 51)
    path = write_table(
        tmp_path / "bomb.parquet", {"image": many.cast(pa.string()).cast(pa.binary()), "label": many}
    )
    assert path.stat().st_size < 1_000_000
    assert "claims 51,000,000 rows; at most 50,000,000 are read" in refusal(path)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_pictures(tmp_path / "pets.parquet", [1, 2], [0, 1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "needs pyarrow, which is missing; pip install 'decoder-search[parquet]'" in refusal(path)
