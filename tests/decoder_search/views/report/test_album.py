from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from PIL import Image

from decoder_search.views.report.album import Album, data_url


def png(path: Path) -> Path:
    Image.effect_noise((40, 20), 50).save(path)
    return path


def test_a_picture_is_embedded_with_its_size_and_words(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    made = Album().show(path, 'a "cat"')
    assert 'alt="a &quot;cat&quot;" width="40" height="20"' in made
    found = re.search(r"base64,([^\"]+)", made)
    assert found and base64.b64decode(found[1]) == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "There is no picture a.png of this"),
        (b"", "cannot be shown: it is no whole PNG file"),
        (b"<svg onload=alert(1)>", "cannot be shown: it is no whole PNG file"),
    ],
)
def test_what_is_no_picture_is_told(content: bytes | None, reason: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    made = Album().show(tmp_path / "a.png", "")
    assert made.startswith('<p class="note missing">') and reason in made


def test_a_torn_picture_and_a_folder_are_told(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    path.write_bytes(path.read_bytes()[:-60])
    assert "The picture a.png cannot be shown" in Album().show(path, "")
    (tmp_path / "b.png").mkdir()
    assert "The picture b.png cannot be shown: Is a directory." in Album().show(tmp_path / "b.png", "")


def test_the_page_does_not_grow_without_end(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    album = Album(most_bytes=2 * path.stat().st_size)
    shown = [album.show(path, "") for _ in range(3)]
    assert [made.startswith("<img") for made in shown] == [True, True, False]
    assert "left out, because the page would become too large" in shown[2]


def test_an_address_holds_its_content() -> None:
    assert data_url("image/png", b"abc") == "data:image/png;base64,YWJj"
