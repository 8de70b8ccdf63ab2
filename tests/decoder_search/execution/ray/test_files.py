from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from decoder_search.execution.ray.files import pack, packed_checkpoint, unpack
from encodenet_core import EncodeNetError


def test_files_arrive_as_they_were_and_links_stay_behind(tmp_path: Path) -> None:
    sent, received = tmp_path / "sent", tmp_path / "received"
    (sent / "checkpoint").mkdir(parents=True)
    (sent / "checkpoint" / "state").write_bytes(b"\0\1")
    (sent / "empty").touch()
    (sent / "link").symlink_to("/etc/hostname")
    (sent / "linked").symlink_to("/etc")
    unpack(pack(sent), received)
    found = {path.relative_to(received).as_posix() for path in received.rglob("*") if path.is_file()}
    assert found == {"checkpoint/state", "empty"}
    assert (received / "checkpoint" / "state").read_bytes() == b"\0\1"
    assert list(pack(sent, besides="checkpoint")) == ["empty"]
    assert list(packed_checkpoint(sent)) == ["checkpoint/state"]
    assert pack(tmp_path / "absent") == {}


@pytest.mark.parametrize("name", ["../out", "/srv/out", "a/../../out", "", "a\0b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(EncodeNetError, match="which leads out of its trial's folder"):
        unpack({name: np.zeros(1, np.uint8)}, tmp_path / "trial")
    assert list(tmp_path.iterdir()) == []
