from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from decoder_search.views.plots.kinds import PLOTS
from decoder_search.views.plots.subject import Subject
from decoder_search.views.plots.writing import write_plot
from encodenet_core import ConfigError


def test_the_suffix_says_what_is_written(subject: Subject, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    for name in ("chart.png", "chart.SVG", "chart.html"):
        write_plot(subject.study, "pareto", tmp_path / name)
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.format == "PNG"
    assert "<svg" in (tmp_path / "chart.SVG").read_text()
    page = (tmp_path / "chart.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page and "<title>tiny</title>" in page
    assert 'src="http' not in page and len(page) > 1_000_000  # plotly's own script is in it


@pytest.mark.slow
def test_every_kind_opens_in_a_browser_and_asks_for_nothing(
    chromium: Any, subject: Subject, tmp_path: Path
) -> None:
    pytest.importorskip("plotly")
    tab = chromium.new_context(viewport={"width": 900, "height": 600}).new_page()
    trouble: list[str] = []
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("request", lambda request: trouble.append(request.url) if "://" in request.url[:8] else None)
    for kind in PLOTS:
        path = tmp_path / f"{kind}.html"
        write_plot(subject.study, kind, path)
        tab.goto(path.as_uri())
        tab.wait_for_selector("#chart .main-svg", state="attached")
        assert tab.locator("#chart path, #chart .points").count() > 3
        assert tab.evaluate("document.documentElement.scrollWidth") <= 900
        assert [each for each in trouble if each != path.as_uri()] == []
        trouble.clear()


def test_the_same_study_is_the_same_bytes(subject: Subject, tmp_path: Path) -> None:
    for name in ("first.svg", "second.svg"):
        write_plot(subject.study, "slice", tmp_path / name, "mse")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_another_suffix_is_refused(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ends in '.pdf', but expected is .png, .svg, .html; rename it"):
        write_plot(subject.study, "pareto", tmp_path / "chart.pdf")


def test_a_page_without_plotly_says_what_to_install(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: Any = None  # what Python takes for "there is no such module"
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", nothing)
    with pytest.raises(ConfigError, match=r"pip install 'decoder-search\[plots\]'"):
        write_plot(subject.study, "curves", tmp_path / "chart.html")


@pytest.mark.parametrize(
    ("kept", "kind", "message"),
    [
        ([], "pareto", "has no trial to draw yet; go on with `decoder-search run`"),
        ([10, 12], "history", "has 1 failed, 1 infeasible, but --kind history needs a completed trial"),
        ([4], "parallel", "has 1 completed, but --kind parallel needs 2 completed trials"),
        ([4], "importance", "has 1 completed trials, too few to say what mattered"),
    ],
)
def test_too_few_trials_are_refused(
    kept: list[int], kind: Any, message: str, subject: Subject, tmp_path: Path
) -> None:
    few = tuple(trial for trial in subject.study.trials if trial.number in kept)
    with pytest.raises(ConfigError, match=message):
        write_plot(replace(subject.study, trials=few), kind, tmp_path / "chart.png")
    assert not (tmp_path / "chart.png").exists()
