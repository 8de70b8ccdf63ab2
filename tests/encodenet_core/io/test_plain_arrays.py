from __future__ import annotations

import io
import os
import pickle
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encodenet_core.io.machine import memory_of_this_machine
from encodenet_core.io.plain_arrays import BrokenArrays, open_arrays


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text.encode("latin1")


def described(descr: str, shape: str) -> bytes:
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n")


def archive_of(folder: Path, content: bytes, name: str = "a.npy", **options: Any) -> Path:
    path = folder / "arrays.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content, **options)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BrokenArrays) as refused, open_arrays(path) as arrays:
        arrays["a"]
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_arrays_come_back_as_they_were_saved(tmp_path: Path) -> None:
    saved = {
        "numbers": np.arange(6.0).reshape(2, 3), "names": np.array(["ant", "bee"]), "empty": np.zeros((0, 4)),
        "one": np.array(3), "turned": np.asfortranarray(np.eye(2, 3)), "truth": np.array([True]),
    }  # fmt: skip
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "arrays.npz", **saved)
        with open_arrays(tmp_path / "arrays.npz") as arrays:
            assert list(arrays) == list(saved) and len(arrays) == len(saved)
            for name, array in saved.items():
                assert arrays[name].dtype == array.dtype
                np.testing.assert_array_equal(arrays[name], array)


def test_an_array_of_objects_is_refused_and_its_payload_does_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "harmed"
    np.savez(tmp_path / "arrays.npz", a=np.array([Payload(marker)], dtype=object))
    assert "it holds object" in refusal(tmp_path / "arrays.npz")
    assert not marker.exists()
    content = archive_of(tmp_path, pickle.dumps(Payload(marker)))
    assert refusal(content)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("descr", "shape"),
    [
        ("'|u1'", "(10**15,)".replace("10**15", str(10**15))),
        ("'<f8'", f"({2**62}, {2**62})"),
        ("'|u1'", "(-1,)"),
        ("'|u1'", "(-4, -2)"),
        ("'<U2000000000'", "(1,)"),
        ("'<U0'", f"({10**12},)"),
        ("'|V0'", f"({10**12},)"),
        ("'|u1'", "(1,)"),
        ("'|O'", "(1,)"),
        ("[('a', '<f8')]", "(1,)"),
        ("[('a', '|O')]", "(1,)"),
        ("('<f8', (1000000, 1000000))", "(1,)"),
        ("'<M8[s]'", "(1,)"),
        ("__import__('os')", "(1,)"),
        ("'|u1'", "(True, 8)"),
    ],
)
def test_an_array_that_claims_what_it_does_not_hold_is_refused_before_memory_is_asked_for(
    descr: str, shape: str, tmp_path: Path
) -> None:
    started = time.monotonic()
    path = archive_of(tmp_path, described(descr, shape) + bytes(7))
    assert refusal(path).startswith("a: ")
    assert time.monotonic() - started < 2


def test_a_header_that_nests_without_end_or_is_huge_is_refused(tmp_path: Path) -> None:
    assert refusal(archive_of(tmp_path, header("(" * 5000)))
    assert refusal(archive_of(tmp_path, header("-" * 9000 + "1")))
    assert "large" in refusal(archive_of(tmp_path, header(" " * 60_000)))
    assert "format 2.0" in refusal(archive_of(tmp_path, header("{}", version=b"\x02\x00")))


def test_an_archive_that_unpacks_to_more_than_the_memory_is_refused_by_what_it_claims(tmp_path: Path) -> None:
    path = archive_of(tmp_path, described("'|u1'", "(8,)") + bytes(8))
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24  # the size in the index
    content[place : place + 4] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(content)
    if memory_of_this_machine() > 0xFFFFFFF0:
        assert "claims" in refusal(path)
    many = tmp_path / "many.npz"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(60):
            archive.writestr(f"{number}.npy", b"")
        for info in archive.infolist():
            info.file_size = 2**40
    assert "this machine has" in refusal(many)


def test_a_bomb_is_read_no_further_than_its_header(tmp_path: Path) -> None:
    path = archive_of(tmp_path, described("'|u1'", "(8,)") + bytes(200_000_000))
    assert path.stat().st_size < 1_000_000
    assert "claims 8 times 1 bytes, but holds 200,000,000" in refusal(path)


def test_names_that_lead_out_of_an_archive_write_nothing(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    for name in ("../../escaped.npy", "/tmp/escaped-by-name.npy", "a/../../b.npy", "\x1b[31m.npy"):  # noqa: S108
        path = archive_of(tmp_path, buffer.getvalue(), name)
        with open_arrays(path) as arrays:
            assert [array.tolist() for array in arrays.values()] == [[0, 1, 2]]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["arrays.npz"]
    assert not Path("/tmp/escaped-by-name.npy").exists()  # noqa: S108


def test_an_archive_of_very_many_members_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "arrays.npz", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}", b"")
    assert "10,001 members" in refusal(tmp_path / "arrays.npz")


@pytest.mark.timeout(20)
def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "arrays.npz")
    assert "no regular file" in refusal(tmp_path / "arrays.npz")
    assert "No such file" in refusal(tmp_path / "absent.npz")


def test_a_single_flipped_bit_is_found(tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", a=np.full(1000, 7, np.uint8))
    content = bytearray((tmp_path / "arrays.npz").read_bytes())
    content[content.index(b"\x07" * 100) + 50] ^= 1
    (tmp_path / "arrays.npz").write_bytes(content)
    assert "Bad CRC-32" in refusal(tmp_path / "arrays.npz")
