from __future__ import annotations

import dataclasses

from encodenet_core.run_result import RunResult, run_as_html, run_in_words


def test_a_run_is_one_line_with_all_four_accuracies(tiny_result: RunResult) -> None:
    said = run_in_words(tiny_result)
    assert repr(tiny_result) == said
    assert "\n" not in said and len(said) < 200
    accuracy = tiny_result.conversion.scores.test_accuracy
    assert accuracy is not None and f"encodenet {100 * accuracy:.2f} %" in said
    assert "test accuracy" in said
    assert all(name in said for name in ("baseline", "control A", "control B"))


def test_a_run_without_a_test_split_shows_validation_accuracies(tiny_result: RunResult) -> None:
    scores = dataclasses.replace(tiny_result.conversion.scores, test_accuracy=None)
    conversion = dataclasses.replace(tiny_result.conversion, scores=scores)
    without = dataclasses.replace(
        tiny_result, dataset=tiny_result.dataset.without_test(), conversion=conversion
    )
    assert f"validation accuracy: encodenet {100 * scores.validation_accuracy:.2f} %" in run_in_words(without)
    assert "encodenet" in run_as_html(without)


def test_the_table_holds_both_splits_and_the_size_and_escapes_names(tiny_result: RunResult) -> None:
    named = dataclasses.replace(
        tiny_result, dataset=dataclasses.replace(tiny_result.dataset, name="<b>x</b>")
    )
    html = named._repr_html_()
    scores = named.conversion.scores
    assert f">{100 * scores.validation_accuracy:.2f} %<" in html
    assert f">{scores.parameters:,}<" in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html and "<b>x" not in html
