"""Curves drawn with dots of Braille, four lines of them a line of text, so that no colour is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each of the four times two dots of a Braille character, from its top left one."""

BLANK = 0x2800


def draw_curve(values: Sequence[float], width: int, height: int) -> list[str]:
    """A curve from the left to the right edge of `width` times `height` characters, its highest value on top.

    Args:
        values: one for every epoch; None and what is not finite do not belong here.
        width: characters, 1 or more.
        height: characters, 1 or more.
    """
    if not values:
        return [""] * height
    low, high = min(values), max(values)
    bits = [[0] * width for _ in range(height)]
    heights = [_dot(value, low, high, 4 * height) for value in _stretched(values, 2 * width)]
    for column, (above, below) in enumerate(_joined(heights)):
        for dot in range(above, below + 1):
            bits[dot // 4][column // 2] |= DOTS[dot % 4][column % 2]
    return ["".join(chr(BLANK + each) for each in line) for line in bits]


def draw_bar(share: float, width: int) -> str:
    """A bar of up to `width` characters, in eighths of one."""
    eighths = round(max(0.0, min(share, 1.0)) * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _stretched(values: Sequence[float], n_columns: int) -> Iterator[float]:
    """The values at even distances, with straight lines between neighbours."""
    for column in range(n_columns):
        position = column * (len(values) - 1) / max(1, n_columns - 1)
        left = int(position)
        right = min(left + 1, len(values) - 1)
        yield values[left] + (position - left) * (values[right] - values[left])


def _dot(value: float, low: float, high: float, n_dots: int) -> int:
    """How many dots from the top a value lies; a level curve lies in the middle."""
    share = (high - value) / (high - low) if high > low else 0.5
    return min(n_dots - 1, int(share * n_dots))


def _joined(heights: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The dots of each column that make a line without gaps: from the one above to the one below."""
    before = heights[0]
    for dot in heights:
        yield (min(before + 1, dot), dot) if dot > before else (dot, max(before - 1, dot))
        before = dot
