"""A file is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from encodenet_core.io.whole_files import (
    copy_whole,
    make_folder,
    move_into_place,
    path_below,
    remove_unfinished,
    write_json,
    write_text,
    write_whole,
)

FileLimit = Callable[[int], AbstractContextManager[None]]


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def fail_halfway(temporary: Path) -> None:
    temporary.write_text("half of")
    raise RuntimeError("the writer broke")


def test_a_failing_writer_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the writer broke"):
        write_whole(tmp_path / "new.txt", fail_halfway)
    assert names(tmp_path) == []


def test_a_failing_writer_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_whole(path, fail_halfway)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["old.txt"]


def test_an_interrupted_writer_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(temporary: Path) -> None:
        temporary.write_text("half of")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "new.txt", interrupt)
    assert names(tmp_path) == []


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path: Path, files_of_at_most: FileLimit) -> None:
    path = tmp_path / "old.txt"
    path.write_text("old")
    with files_of_at_most(1000), pytest.raises(OSError, match="too large"):
        write_text(path, "new" * 1000)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["old.txt"]


def test_the_old_file_is_whole_until_the_new_one_is(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old, and a good deal longer")

    def write(temporary: Path) -> None:
        temporary.write_text("new")
        assert path.read_text() == "old, and a good deal longer"

    write_whole(path, write)
    assert path.read_text() == "new"
    assert names(tmp_path) == ["file.txt"]


def test_the_writer_is_given_a_name_with_the_same_suffix_beside_the_file(tmp_path: Path) -> None:
    seen: list[Path] = []
    write_whole(tmp_path / "model.keras", seen.append)
    assert seen[0].suffix == ".keras"
    assert seen[0].parent == tmp_path


def test_missing_folders_are_made_and_others_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    write_text(path, "grün")
    assert path.read_bytes() == "grün".encode()
    assert path.stat().st_mode & 0o777 == 0o644


def test_json_is_read_back_as_it_was(tmp_path: Path) -> None:
    value = {"accuracy": 0.1 + 0.2, "names": ["ä", None], "n": 3}
    write_json(tmp_path / "value.json", value)
    assert json.loads((tmp_path / "value.json").read_text()) == value


def test_a_number_that_json_does_not_know_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "value.json", {"loss": float("nan")})
    assert names(tmp_path) == []


def test_a_temporary_file_of_a_killed_writer_is_told_from_others_and_removed(tmp_path: Path) -> None:
    def kept(temporary: Path) -> None:
        temporary.write_text("half of")
        temporary.rename(tmp_path / "caught")
        temporary.write_text("")
        (tmp_path / temporary.name.replace("new", "other")).write_text("half of")

    write_whole(tmp_path / "new.txt", kept)
    (tmp_path / ".hidden.txt").write_text("mine")
    assert len(names(tmp_path)) == 4
    remove_unfinished(tmp_path)
    assert names(tmp_path) == [".hidden.txt", "caught", "new.txt"]
    remove_unfinished(tmp_path / "absent")


@pytest.mark.parametrize("earlier", ["nothing", "file", "folder"])
@pytest.mark.parametrize("written", ["file", "folder"])
def test_a_file_or_folder_takes_the_place_of_an_earlier_one(
    written: str, earlier: str, tmp_path: Path
) -> None:
    new, place = tmp_path / "new", tmp_path / "place"
    for path, kind, text in ((new, written, "new"), (place, earlier, "old")):
        if kind == "folder":
            (path / "below").mkdir(parents=True)
            (path / "below" / text).write_text(text)
        elif kind == "file":
            path.write_text(text)
    if (written, earlier) == ("folder", "file"):
        with pytest.raises(NotADirectoryError):
            move_into_place(new, place)
        assert place.read_text() == "old"
        return
    move_into_place(new, place)
    assert names(tmp_path) == ["place"]
    text = (place / "below" / "new") if written == "folder" else place
    assert text.read_text() == "new"


def test_a_copy_is_whole_and_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"\x00\x01")
    copy_whole(tmp_path / "one", tmp_path / "a" / "b" / "two")
    assert (tmp_path / "a" / "b" / "two").read_bytes() == b"\x00\x01"
    make_folder(tmp_path / "a" / "c" / "d")
    make_folder(tmp_path / "a" / "c" / "d")
    assert (tmp_path / "a" / "c" / "d").is_dir()


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../x", "a/../../x", "a\0b"])
def test_a_name_that_leads_out_of_a_folder_has_no_place_in_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="leads out of"):
        path_below(tmp_path, name)


def test_any_other_name_has_its_place_below(tmp_path: Path) -> None:
    assert path_below(tmp_path, "weights/a.keras") == tmp_path / "weights" / "a.keras"
