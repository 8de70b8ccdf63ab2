"""Pictures that become part of a page, or the reason why they do not."""

from __future__ import annotations

import base64
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from decoder_search.views.report.markup import Markup, element, prose
from encodenet_core.io.plain_files import read_plain_file

MOST_BYTES = 3_000_000
"""Of all pictures of a page, before they are written as text, which takes a third more."""


class Album:
    """Takes in pictures until there are so many that the page would grow too large to be sent around."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._left = most_bytes

    def show(self, path: Path, description: str) -> Markup:
        """A PNG picture as an element, or a paragraph that says why there is none.

        Args:
            path: of the file.
            description: what a reader who does not see it needs to know.
        """
        try:
            content = read_plain_file(path)
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(path, formats=["PNG"]) as picture:
                    width, height = picture.size
                    picture.load()
        except FileNotFoundError:
            return missing(f"There is no picture {path.name} of this; the file is not in the study's folder.")
        except OSError as error:
            words = "it is no whole PNG file" if isinstance(error, UnidentifiedImageError) else _words(error)
            return missing(f"The picture {path.name} cannot be shown: {words}.")
        except (
            SyntaxError,
            ValueError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
        ) as error:
            return missing(f"The picture {path.name} cannot be shown: {error}.")
        if len(content) > self._left:
            return missing(f"The picture {path.name} is left out, because the page would become too large.")
        self._left -= len(content)
        source = data_url("image/png", content)
        return element("img", src=source, alt=description, width=width, height=height)


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def missing(reason: str) -> Markup:
    """What stands in the place of a picture that is not there."""
    return prose(reason, class_="note missing")


def data_url(kind: str, content: bytes) -> str:
    """The content as an address that needs no network."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
