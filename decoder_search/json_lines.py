"""Files of one JSON object a line, of which a killed writer may have left the last one torn."""

from __future__ import annotations

import json


def whole_lines(content: bytes) -> bytes:
    """The content up to where a torn last line starts: one without its end, or that is no JSON."""
    content = content[: content.rfind(b"\n") + 1]
    start = content[:-1].rfind(b"\n") + 1
    try:
        json.loads(content[start:])
    except (ValueError, RecursionError):  # a whole line of another kind is for its reader to refuse
        return content[:start]
    return content
