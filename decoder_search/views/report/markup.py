"""HTML made of elements: what is not markup already is escaped, so no name of a user's becomes a tag."""

from __future__ import annotations

import html
from collections.abc import Iterable

EMPTY = ("br", "img", "link", "meta", "source")
"""The elements that hold nothing and have no end."""


class Markup(str):
    """Text that is HTML as it stands."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | int | bool | None) -> Markup:
    """An element with escaped children and attributes.

    Args:
        tag: its name.
        children: what it holds; text is escaped, `Markup` is not.
        attributes: by name, `_` for `-`, and a last `_` for words that Python keeps, such as `class_`. True
            stands for itself, False and None are left out.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in EMPTY:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Parts after each other, text among them escaped."""
    return Markup(escaped(between).join(escaped(part) for part in parts))


def escaped(text: str) -> str:
    """The text as HTML; `Markup` as it is."""
    return text if isinstance(text, Markup) else html.escape(text)


def prose(text: str, **attributes: str | int | bool | None) -> Markup:
    """A paragraph in which what stands between backticks is code."""
    parts = [element("code", part) if place % 2 else part for place, part in enumerate(text.split("`"))]
    return element("p", *parts, **attributes)


def _attribute(name: str, value: str | int | bool | None) -> str:
    written = name.removesuffix("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {written}" if value is True else f' {written}="{html.escape(str(value))}"'
