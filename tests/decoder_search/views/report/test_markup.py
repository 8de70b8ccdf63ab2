from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from decoder_search.views.report.markup import Markup, element, escaped, joined, prose


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", "1 < 2")
    assert inner == "<b>1 &lt; 2</b>"
    assert element("p", "a & ", inner) == "<p>a &amp; <b>1 &lt; 2</b></p>"
    assert joined(["<", Markup("<br>")], " & ") == "&lt; &amp; <br>"


def test_attributes_are_escaped_renamed_and_left_out() -> None:
    made = element("td", "", class_="a", data_value='"1"', hidden=True, title=None, lang=False, tabindex=0)
    assert made == '<td class="a" data-value="&quot;1&quot;" hidden tabindex="0"></td>'
    assert element("img", src="x", alt="") == '<img src="x" alt="">'


def test_code_stands_between_backticks() -> None:
    assert prose("run `a <b>` now", class_="x") == '<p class="x">run <code>a &lt;b&gt;</code> now</p>'


@given(st.text())
def test_no_text_becomes_a_tag_or_leaves_its_attribute(text: str) -> None:
    seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append((tag, attrs))

    reader = Reader()
    reader.feed(element("p", text, title=text))
    reader.close()
    assert [(tag, [name for name, _ in attributes]) for tag, attributes in seen] == [("p", ["title"])]
    assert not isinstance(text, Markup) and isinstance(escaped(text), str)
