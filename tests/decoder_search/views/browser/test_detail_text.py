from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from decoder_search.records.layout import weights_folder
from decoder_search.views.browser.board import read_board
from decoder_search.views.browser.detail_text import detail_of, head_text, tail_text


@pytest.fixture
def texts(study_folder: Path) -> Callable[..., tuple[str, str]]:
    """The words above and below the pictures of a trial."""

    def read(number: int, width: int = 50) -> tuple[str, str]:
        study, board = read_board(study_folder)
        (row,) = (row for row in board.rows if row["trial"] == number)
        detail = detail_of(study, study.trials[number], row)
        return head_text(detail).plain, tail_text(detail, width).plain

    return read


def test_a_completed_trial_shows_rank_params_gains_curves_and_seconds(
    texts: Callable[..., tuple[str, str]],
) -> None:
    head, tail = texts(0)
    assert head.startswith("trial 0  completed, rank 1, ★ front\n\nparams\ndecoder.depth")
    words = head.split()
    assert "97.00" in words and "±0.85" in words and "+2.00" in words and "0.0500" in words
    assert "autoencoder loss  0.3 → 0.1  in 3 steps" in tail
    assert "classifier loss  2 → 1  in 2 steps" in tail
    lines = dict(line.split(None, 1) for line in tail.splitlines() if line.split()[1:])
    assert lines["classifier"].startswith("2.0 s █")
    assert tail.count("█") == 16
    assert "autoencoder seconds" not in tail and "decoder parameters" in tail


def test_a_trial_that_has_kept_its_weights_says_so_in_its_first_line(
    texts: Callable[..., tuple[str, str]], study_folder: Path
) -> None:
    weights_folder(study_folder, 1).mkdir(parents=True)
    assert texts(1)[0].startswith("trial 1  completed, rank 2, ★ front, weights kept\n")
    assert "weights" not in texts(0)[0]


def test_a_pruned_trial_shows_its_reason_its_probe_and_what_it_reported(
    texts: Callable[..., tuple[str, str]],
) -> None:
    head, tail = texts(3)
    assert head.startswith("trial 3  pruned\nclass 7 has 3 images")
    assert "probe of its features   88.00 %" in head
    assert "loss  0.3 → 0.1  in 3 steps" in tail
    assert "probe accuracy  0.2 → 0.6  in 3 steps" in tail


def test_a_failed_trial_shows_its_reason_as_it_is_and_no_curves(
    texts: Callable[..., tuple[str, str]],
) -> None:
    head, tail = texts(4)
    assert head.startswith("trial 4  failed\n[b]no <layer>[/b]")
    assert "curves" not in tail


@pytest.mark.parametrize("width", [1, 20, 300])
def test_no_width_is_too_small_or_too_large(width: int, texts: Callable[..., tuple[str, str]]) -> None:
    for number in range(5):
        assert texts(number, width)
