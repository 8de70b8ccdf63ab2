from __future__ import annotations

from pathlib import Path

from decoder_search.records.lines import broken_line, in_words


def test_an_error_is_told_on_one_line_without_what_moves_the_cursor() -> None:
    said = in_words(ValueError("two\nlines \x1b[31m"))
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said


def test_a_broken_line_is_named_with_its_file_and_the_command_that_repairs_it() -> None:
    said = broken_line(Path("results/mine/trials.jsonl"), 7, "is no event of a study")
    assert said.startswith("results/mine/trials.jsonl, line 7 is no event of a study; ")
    assert "`decoder-search repair mine`" in said
