from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from decoder_search.mirror.dashboard import dashboard
from decoder_search.mirror.web_server import WebServer
from decoder_search.records.journal import Journal
from decoder_search.records.study_record import TRIALS_FILE, StudyRecord
from decoder_search.records.trial_record import TrialRecord
from encodenet_core import ConfigError

MakeTrial = Callable[..., TrialRecord]


@pytest.fixture
def study(
    make_study: Callable[..., StudyRecord],
    make_trial: MakeTrial,
    write_study: Callable[..., Path],
    tmp_path: Path,
) -> StudyRecord:
    study = make_study([make_trial(0), make_trial(1, state="failed")])
    study = replace(study, folder=write_study(study, tmp_path))
    picture = study.folder / "trials" / "0" / "reconstructions.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    return study


@pytest.fixture
def opened(answering: Callable[[WebServer], Any]) -> Callable[[Path], Any]:
    """The address of a dashboard on the study in a folder, which serves for the time of a block."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        with dashboard(folder, 0, lambda error: None) as (address, server), answering(server):
            yield address

    return serve


def read(address: str, **options: Any) -> bytes:
    with urlopen(Request(address, **options), timeout=20) as answer:  # noqa: S310 - our own server
        return bytes(answer.read())


def test_the_dashboard_shows_trials_and_pictures_of_a_study(
    study: StudyRecord, opened: Callable[[Path], Any]
) -> None:
    with opened(study.folder) as address:
        assert address.startswith("http://127.0.0.1:") and address.endswith("/dashboard/studies/0")
        assert b"<html" in read(address)
        root = address.partition("/dashboard")[0]
        shown = json.loads(read(f"{root}/api/studies/0?after=0"))
        assert [trial["state"] for trial in shown["trials"]] == ["Complete", "Fail"]
        (artifact,) = shown["trials"][0]["artifacts"]
        assert read(f"{root}/artifacts/0/0/{artifact['artifact_id']}") == b"a picture"
    assert "sklearn" not in sys.modules or sys.modules["sklearn"] is not None


def test_whatever_is_done_in_the_dashboard_leaves_the_study_as_it_is(
    study: StudyRecord, opened: Callable[[Path], Any]
) -> None:
    before = {path: path.read_bytes() for path in study.folder.rglob("*") if path.is_file()}
    with opened(study.folder) as address:
        root = address.partition("/dashboard")[0]
        read(f"{root}/api/studies/0", method="DELETE")
        assert json.loads(read(f"{root}/api/studies"))["study_summaries"] == []
    assert {path: path.read_bytes() for path in study.folder.rglob("*") if path.is_file()} == before


def test_a_study_can_go_on_while_its_dashboard_is_open(
    study: StudyRecord, make_trial: MakeTrial, opened: Callable[[Path], Any]
) -> None:
    with opened(study.folder), Journal.open(study.folder, lambda: study.settings) as journal:
        journal.finished(make_trial(2))
    assert b'"number": 2' in (study.folder / TRIALS_FILE).read_bytes()


def test_a_port_that_is_taken_is_refused_in_one_line(study: StudyRecord) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}: .* give another --port"):
            with dashboard(study.folder, port, lambda error: None):
                pass
    with pytest.raises(ConfigError, match="no such address or port"):
        with dashboard(study.folder, 99999, lambda error: None):
            pass


def test_a_missing_package_is_said_with_its_remedy(
    study: StudyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("decoder_search.mirror.dashboard.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'decoder-search\[dashboard\]'"):
        with dashboard(study.folder, 0, lambda error: None):
            pass
