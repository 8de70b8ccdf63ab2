from __future__ import annotations

from html.parser import HTMLParser

from encodenet_core.io.html_table import html_table


class Tags(HTMLParser):
    """The tags of a page in order, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.balance = 0
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.opened.append(tag)
        self.balance += 1

    def handle_endtag(self, tag: str) -> None:
        self.balance -= 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.balance == 0
    return tags


def test_a_table_has_its_caption_headers_cells_and_notes_in_order() -> None:
    tags = parsed(html_table("scores", ["name", "value"], [("a", 1.5), ("b", None)], notes=["read on"]))
    assert tags.text == ["scores", "name", "value", "a", "1.5", "b", "read on"]
    assert tags.opened.count("tr") == 3


def test_markup_that_was_given_stays_text() -> None:
    evil = "<script>alert(1)</script>\"'&"
    tags = parsed(html_table(evil, [evil], [(evil,)], notes=[evil]))
    assert "script" not in tags.opened
    assert tags.text == [evil] * 4


def test_numbers_stand_at_the_right_and_unranked_rows_are_dimmed() -> None:
    html = html_table("", ["name", "gain"], [("a", "+1.5"), ("b", "failed"), ("c", "-2")], dimmed=[1])
    assert html.count("text-align: right") == 4 and html.count("opacity") == 1


def test_long_texts_may_wrap_and_short_ones_do_not() -> None:
    assert "nowrap" not in html_table("x", [], [("word " * 30,)]).partition("tbody")[2]
    assert "nowrap" in html_table("x", [], [("two words",)]).partition("tbody")[2]


def test_a_table_without_rows_or_headers_is_whole() -> None:
    assert parsed(html_table("none", ["a", "b"], [])).text == ["none", "a", "b"]
    assert "thead" not in parsed(html_table("none", [], [])).opened
