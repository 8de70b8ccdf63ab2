from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decoder_search.records.study_record import StudyRecord
from decoder_search.views.report.illustrating import Illustration
from decoder_search.views.report.page import CONTENTS, build_page

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1200, "height": 900}


def test_the_page_has_every_section_and_needs_nothing_beside_itself(
    study: StudyRecord, illustration: Illustration
) -> None:
    page = build_page(study, illustration)
    assert re.findall(r'<h2 id="(\w+)">', page) == list(CONTENTS)
    assert all(f'href="#{name}"' in page for name in CONTENTS)
    addresses = re.findall(r'(?:src|srcset|href)="([^"]{5})', page)
    assert addresses and {address for address in addresses if not address.startswith("#")} == {"data:"}
    assert "default-src 'none'; img-src data:;" in html.unescape(page)
    assert page.count("<img") == page.count(" alt=") == 7  # pareto, importance, elbow, 2 classes, 2 trials


def test_whatever_a_user_named_stays_text(evil: StudyRecord, illustration: Illustration) -> None:
    page = build_page(evil, illustration)
    assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt;" in page
    assert page.count("<script>") == 1


@pytest.mark.parametrize("kept", [[], [5], [6, 7, 8]], ids=["no trial", "one trial", "all failed"])
def test_a_study_with_nothing_to_show_is_a_page_too(
    kept: list[int], study: StudyRecord, illustration: Illustration
) -> None:
    few = replace(study, trials=tuple(trial for trial in study.trials if trial.number in kept))
    nothing = replace(illustration, pictures=None, reason="No trial has completed.")
    assert re.findall(r'<h2 id="(\w+)">', build_page(few, nothing)) == list(CONTENTS)


def open_page(chromium: Any, path: Path, viewport: dict[str, int], **context: Any) -> tuple[Any, list[str]]:
    """The page in a tab of its own, and what went wrong or left it."""
    tab = chromium.new_context(viewport=viewport, **context).new_page()
    trouble: list[str] = []
    tab.on("console", lambda message: trouble.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on(
        "request",
        lambda request: (
            None if request.url.startswith(("data:", path.as_uri())) else trouble.append(request.url)
        ),
    )
    tab.on("dialog", lambda dialog: trouble.append("a dialog") or dialog.dismiss())
    tab.goto(path.as_uri())
    tab.wait_for_load_state("networkidle")
    return tab, trouble


def column(tab: Any, number: int) -> list[str]:
    texts: list[str] = tab.locator(f"table.sortable tbody td:nth-child({number})").all_inner_texts()
    return texts


@pytest.mark.slow
def test_a_real_report_opens_sorts_and_shows_its_pictures(
    chromium: Any, decoder_search: Callable[..., Any], real_study: Any, tmp_path: Path
) -> None:
    shutil.copytree(real_study.results / "tiny", tmp_path / "results" / "tiny")
    run = decoder_search("report", "tiny")
    assert run.exit_code == 0, run.errors
    assert not {"keras", "tensorflow", "sklearn", "keras_tuner"}.intersection(run.loaded)
    tab, trouble = open_page(chromium, tmp_path / "report.html", DESK)
    assert tab.title() == "Study tiny"
    widths = tab.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert len(widths) >= 13 and all(widths)
    assert tab.evaluate("[...document.images].every((image) => image.alt)")
    assert trouble == []


@pytest.mark.slow
def test_a_click_on_a_heading_sorts_and_what_has_no_value_stays_last(
    chromium: Any, evil: StudyRecord, illustration: Illustration, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_page(evil, illustration), encoding="utf-8")
    tab, trouble = open_page(chromium, path, DESK)
    assert column(tab, 2)[:6] == ["5", "4", "3", "2", "1", "0"]
    heading = tab.get_by_role("columnheader", name="mse")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(tab, 4) == ["0.0350", "0.0400", "0.0400", "0.0450", "0.0500", "0.0550", "0.0600", "", ""]
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(tab, 4)[0] == "0.0600" and column(tab, 4)[-2:] == ["", ""]
    accuracy = tab.get_by_role("columnheader", name="accuracy % ↑")
    accuracy.get_by_role("button").press("Enter")
    assert accuracy.get_attribute("aria-sort") == "descending" and heading.get_attribute("aria-sort") is None
    assert column(tab, 2)[:6] == ["5", "4", "3", "2", "1", "0"]
    assert trouble == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_scrolling_sideways(
    scheme: str, chromium: Any, evil: StudyRecord, illustration: Illustration, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_page(evil, illustration), encoding="utf-8")
    tab, trouble = open_page(chromium, path, PHONE, color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]
    assert trouble == []


@pytest.mark.slow
def test_print_is_light_and_nothing_is_cut_off(
    chromium: Any, evil: StudyRecord, illustration: Illustration, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_page(evil, illustration), encoding="utf-8")
    tab, trouble = open_page(chromium, path, {"width": 718, "height": 1000}, color_scheme="dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 718
    assert not tab.locator("nav").is_visible()
    assert tab.pdf(format="A4").startswith(b"%PDF")
    assert trouble == []


@pytest.mark.slow
def test_without_scripts_the_whole_table_is_there(
    chromium: Any, study: StudyRecord, illustration: Illustration, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_page(study, illustration), encoding="utf-8")
    tab, _ = open_page(chromium, path, DESK, java_script_enabled=False)
    assert column(tab, 2) == ["5", "4", "3", "2", "1", "0", "6", "7", "8"]
    assert tab.locator("th button").count() == 0
