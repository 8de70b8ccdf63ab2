from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from encodenet_core.io.plain_files import read_plain_file


def test_a_file_is_read_up_to_the_limit_and_not_beyond(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_plain_file(path, 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4 bytes"):
        read_plain_file(path, 4)


@pytest.mark.timeout(20)
def test_a_pipe_a_device_and_a_socket_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"), Path("/dev/null"), tmp_path):
            with pytest.raises(OSError) as refused:
                read_plain_file(path)
            assert refused.value.strerror


@pytest.mark.timeout(20)
def test_a_pipe_that_somebody_writes_to_is_no_file_either(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, b"x")
    with pytest.raises(OSError, match="pipe or a device"):
        read_plain_file(pipe)
    os.close(writer)
